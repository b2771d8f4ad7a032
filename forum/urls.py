"""Every address of the site. The name of an address in a forum is the name of its row in rules.py."""

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.views.i18n import set_language

from forum.views import arrival, board, desk, facilitators, pages, topics


class CodeConverter:
    """A join code: seven signs, in capitals or not."""

    regex = "[A-Za-z0-9]{7}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")

in_a_forum: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("live/", board.live, name="live"),
    path("wall/", board.wall, name="wall"),
    path("join/", arrival.join, name="join"),
    path("other-phone/", arrival.other_phone, name="other_phone"),
    path("me/", arrival.me, name="me"),
    path("me/code/", arrival.second_device, name="second_device"),
    path("me/disconnect/", arrival.disconnect_others, name="disconnect_others"),
    path("topics/new/", topics.propose, name="propose"),
    path("topics/alike/", topics.alike, name="alike"),
    path("topics/<int:number>/", topics.topic, name="topic"),
    path("topics/<int:number>/edit/", topics.edit, name="edit_topic"),
    path("topics/<int:number>/withdraw/", topics.withdraw, name="withdraw"),
    path("topics/<int:number>/back/", topics.bring_back, name="bring_back"),
    path("topics/<int:number>/interest/", topics.interest, name="interest"),
    path("words/", arrival.feedback, name="feedback"),
    path("desk/", desk.desk, name="desk"),
    path("desk/phase/", desk.move, name="move"),
    path("desk/people/", desk.enter_person, name="enter_person"),
    path("desk/people/<int:person>/", desk.person, name="person"),
    path("desk/people/<int:person>/remove/", desk.remove_person, name="remove_person"),
    path("desk/people/<int:person>/code/", desk.person_code, name="person_code"),
    path("desk/words/<int:word>/remove/", desk.unsay, name="unsay"),
    path("desk/invite/", desk.invite, name="invite"),
    path("desk/rehearsal/erase/", desk.erase_rehearsal, name="erase_rehearsal"),
    path("", include("sessions.urls")),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.health, name="health"),
    path("language/", set_language, name="set_language"),
    path("facilitator/", facilitators.forums, name="forums"),
    path("facilitator/new/", facilitators.new_forum, name="new_forum"),
    path("facilitator/link/", facilitators.change_link, name="change_link"),
    path("facilitator/begin/<str:secret>/", facilitators.begin, name="begin"),
    path("facilitator/<str:secret>/", facilitators.enter, name="enter"),
    path("<code:code>/", include(in_a_forum)),
]
handler404 = "forum.views.pages.missing"
handler500 = "forum.views.pages.broken"
