"""The addresses of the groups, inside a forum."""

from django.urls import path

from sessions.views import agenda, book, reports

urlpatterns = [
    path("desk/settings/", agenda.describe, name="describe"),
    path("topics/<int:number>/place/", agenda.place, name="place"),
    path("topics/<int:number>/unplace/", agenda.unplace, name="unplace"),
    path("topics/<int:number>/presence/", agenda.presence, name="presence"),
    path("topics/<int:number>/report/", reports.report, name="report"),
    path("topics/<int:number>/report/read/", reports.read, name="read_report"),
    path("topics/<int:number>/report/finish/", reports.finish, name="finish_report"),
    path("topics/<int:number>/report/reopen/", reports.reopen, name="reopen_report"),
    path("topics/<int:number>/report/actions/", reports.add_action, name="add_action"),
    path("topics/<int:number>/report/actions/<int:action>/", reports.action, name="action"),
    path("topics/<int:number>/report/actions/<int:action>/drop/", reports.drop_action, name="drop_action"),
    path("book/", book.book, name="book"),
    path("book/ask/", book.ask, name="ask_edition"),
    path("book/latest.pdf", book.latest, name="latest"),
    path("book/<int:edition>.pdf", book.download, name="download"),
]
