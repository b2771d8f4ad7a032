"""The URLs of reports, photos and the book, inside a forum and outside any."""

from django.urls import path

import forum.web.url_converters  # noqa: F401 registers the converters
from sessions.views import (
    actions,
    book,
    coediting,
    imprint,
    missing_reports,
    photo_uploads,
    photos,
    printing,
    public_book,
    publishing,
    reading,
    reports,
    sheets,
)

in_a_forum = [
    path("topics/<number:number>/report/", reports.report, name="report"),
    path("topics/<number:number>/report/read/", reading.read_report, name="read_report"),
    path("topics/<number:number>/report/comments/", reading.comment, name="comment"),
    path(
        "topics/<number:number>/report/comments/<number:comment_pk>/withdraw/",
        reading.withdraw_comment,
        name="withdraw_comment",
    ),
    path("desk/publish/", publishing.publish, name="publish"),
    path("desk/radar/", missing_reports.missing_reports, name="missing_reports"),
    path("desk/radar/nudge/", missing_reports.ask_for_reports, name="ask_for_reports"),
    path("topics/<number:number>/report/finish/", reports.finish, name="finish_report"),
    path("topics/<number:number>/report/reopen/", reports.reopen, name="reopen_report"),
    path("topics/<number:number>/report/validate/", reports.validate, name="validate_report"),
    path("topics/<number:number>/report/writing/", coediting.writing, name="writing"),
    path("topics/<number:number>/report/history/", coediting.history, name="history"),
    path(
        "topics/<number:number>/report/history/<number:version_pk>/restore/", coediting.restore, name="restore_version"
    ),
    path("topics/<number:number>/report/actions/", actions.add_action, name="add_action"),
    path("topics/<number:number>/report/actions/<number:action_pk>/", actions.action, name="action"),
    path("topics/<number:number>/report/actions/<number:action_pk>/drop/", actions.drop_action, name="drop_action"),
    path("topics/<number:number>/report/photos/", photos.photos, name="photos"),
    path("topics/<number:number>/report/photos/upload/<str:upload>/", photo_uploads.upload_photo, name="upload_photo"),
    path("topics/<number:number>/report/photos/<number:photo_pk>/", photos.photo, name="photo"),
    path("topics/<number:number>/report/photos/<number:photo_pk>/agree/", photos.agree_photo, name="agree_photo"),
    path("topics/<number:number>/report/photos/<number:photo_pk>/move/", photos.move_photo, name="move_photo"),
    path("topics/<number:number>/report/photos/<number:photo_pk>/drop/", photos.drop_photo, name="drop_photo"),
    path("topics/<number:number>/photos/<str:name>.jpg", photos.photo_file, name="photo_file"),
    path("topics/<number:number>/sheet/", sheets.sheet, name="sheet"),
    path("topics/<number:number>/sheet/upload/<str:upload>/", photo_uploads.upload_sheet, name="upload_sheet"),
    path("topics/<number:number>/transcribe/", sheets.transcribe, name="transcribe"),
    path("desk/sheets/", sheets.sheets, name="sheets"),
    path("desk/print/", printing.printing, name="printing"),
    path("desk/print/<slug:name>/", printing.kit, name="kit"),
    path("desk/print/<slug:name>.pdf", printing.kit_file, name="kit_file"),
    path("book/", book.book, name="book"),
    path("book/ask/", book.request_edition, name="request_edition"),
    path("book/latest.pdf", book.latest, name="latest"),
    path("book/essential.pdf", book.essential, name="essential"),
    path("book/imprint/", imprint.imprint, name="imprint"),
    path("book/imprint/logos/", imprint.add_logo, name="add_logo"),
    path("book/imprint/logos/<number:logo_pk>/move/", imprint.move_logo, name="move_logo"),
    path("book/imprint/logos/<number:logo_pk>/remove/", imprint.remove_logo, name="remove_logo"),
    path("book/<number:edition_number>.pdf", book.download, name="download"),
    path("book/<number:edition_number>/", book.page, name="book_page"),
    path("book/<number:edition_number>/<str:name>", book.other_format, name="other_format"),
    path("book/<number:edition_number>/images/<str:name>", book.image, name="book_image"),
    path("topics/<number:number>/report.pdf", book.report_pdf, name="report_pdf"),
    path("public/", public_book.public, name="public"),
    path("public/read/", public_book.page, name="public_page"),
    path("public/read/images/<str:name>", public_book.image, name="public_image"),
    path("public/<str:name>", public_book.file, name="public_file"),
]

outside_forums = [
    path("public/", public_book.public_forums, name="public_forums"),
]
