"""Photos of a report and pictures of sheets: sent in pieces or by a plain form, described, put in order, seen."""

import re

from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.models import Topic
from forum.text.parsing import parse_whole_number
from sessions.forms.photo import PhotoForm
from sessions.media import images
from sessions.media.images import InvalidImage
from sessions.media.two_phase import processes_images
from sessions.media.uploads import (
    UPLOAD_ID,
    FileTooLarge,
    PartialUpload,
    TooManyUnfinishedUploads,
    UploadNotStored,
    WrongOffset,
)
from sessions.models import Photo, Report, TooManyPhotos
from sessions.models.photo import MAX_PHOTOS
from sessions.views.parts.report_form import album_mark, album_of, answer, report_with, written
from sessions.views.parts.sent_images import send, too_many

YEAR = 365 * 24 * 3600
NAME = re.compile(r"[0-9a-f]{32}(-small)?")
Kind = Photo.Kind
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
"""What a form sends; a piece of a photo is sent as it is."""


def _photo(topic: Topic, pk: int) -> Photo:
    found = Photo.objects.filter(pk=pk, report__group__topic=topic).first()
    if found is None:
        raise Http404(_("This photo was removed."))
    found.report = report_with(topic)
    return found


def _album(topic: Topic) -> str:
    return reverse("report", args=[topic.forum.code, topic.number]) + "#photos"


# sending


@require_http_methods(["GET", "POST"])
@never_cache
@processes_images
@forum_view
def photos(request: ForumRequest, topic: Topic) -> HttpResponse:
    """The list, for the report's page; a POST is the plain form, with as many images as one likes."""
    report = report_with(topic)
    if request.method == "GET":
        context = {"forum": request.forum, "topic": topic, "album": album_of(report), "album_mark": album_mark(report)}
        return render(request, "sessions/photos.html#list", context)
    return send(request, report, Kind.PHOTO, _album(topic))


def too_many_unfinished() -> str:
    return _("Too many photos from this device were begun and never finished. In an hour they no longer count.")


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def upload_photo(request: ForumRequest, topic: Topic, upload: str) -> JsonResponse:
    """One photo, in pieces. A GET says how much has arrived; the last piece makes the photo, or says why it cannot."""
    return _piece(request, report_with(topic), upload, Kind.PHOTO)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def upload_sheet(request: ForumRequest, topic: Topic, upload: str) -> JsonResponse:
    """One written sheet, in pieces."""
    return _piece(request, report_with(topic), upload, Kind.SHEET)


def _piece(request: ForumRequest, report: Report, name: str, kind: str) -> JsonResponse:
    if not UPLOAD_ID.fullmatch(name):
        raise Http404
    upload = PartialUpload(request.forum, request.actor, name)
    if done := Photo.objects.filter(key=upload.key).first():
        return JsonResponse({"done": True, "photo": done.pk})
    if request.method == "GET":
        return JsonResponse({"offset": upload.offset})
    offset, size = (parse_whole_number(request.GET.get(name, "")) for name in ("offset", "size"))
    if offset is None or size is None or request.content_type in FORMS:
        return JsonResponse({"problem": _("This is not a piece of a photo.")}, status=400)
    try:
        return _take(request, report, upload, offset, size, kind)
    except WrongOffset:
        return JsonResponse({"offset": upload.offset}, status=409)
    except FileTooLarge:
        upload.delete()
        return JsonResponse({"problem": images.refusal_text("large")}, status=413)
    except TooManyPhotos:
        upload.delete()
        return JsonResponse({"problem": too_many()})
    except TooManyUnfinishedUploads:  # 507: the browser keeps the photo, says why and comes again
        return JsonResponse({"problem": too_many_unfinished()}, status=507)
    except UploadNotStored:
        return JsonResponse({"problem": images.disk_full_text()}, status=507)


def _take(
    request: ForumRequest, report: Report, upload: PartialUpload, offset: int, size: int, kind: str
) -> JsonResponse:
    """Keep this piece. Raises what an upload raises, or TooManyPhotos."""
    if not offset and report.photos.filter(kind=kind).count() >= MAX_PHOTOS:
        raise TooManyPhotos
    if offset + len(request.body) > size:
        raise FileTooLarge
    upload.append(offset, request.body)
    arrived = upload.offset
    return _finish(request, report, upload, kind) if arrived == size else JsonResponse({"offset": arrived})


def _finish(request: ForumRequest, report: Report, upload: PartialUpload, kind: str) -> JsonResponse:
    """All of it is there. Raises TooManyPhotos or DiskFull."""
    try:
        with upload.path.open("rb") as file:
            (ours,) = images.process_images([file], wait=0)
        if isinstance(ours, InvalidImage):
            upload.delete()
            return JsonResponse({"problem": str(ours)})
        photo = Photo.add(report, ours, request.actor, kind=kind, key=upload.key)
    except images.ImageWorkerBusy:
        later = JsonResponse({"offset": upload.offset}, status=429)
        later.headers["Retry-After"] = "1"
        return later
    except IntegrityError:  # the same last piece, sent twice at once
        photo = Photo.objects.get(key=upload.key)
    except OSError as error:
        raise UploadNotStored from error
    upload.delete()
    return JsonResponse({"done": True, "photo": photo.pk})


# describing


@require_POST
@forum_view
def photo(request: ForumRequest, topic: Topic, photo: int) -> HttpResponse:
    """Its caption and its alternative text."""
    row = _photo(topic, photo)
    return answer(request, row, *written(request, row, PhotoForm))


@require_POST
@forum_view
def agree_photo(request: ForumRequest, topic: Topic, photo: int) -> HttpResponse:
    """Whether the people on it agreed."""
    agreed = request.POST.get("agreed") == "yes"
    _photo(topic, photo).set_people_agreed(agreed, request.actor)
    said = _("Everyone may see this photo.") if agreed else _("Only the group sees this photo.")
    return confirm(request, _album(topic), said)


@require_POST
@forum_view
def move_photo(request: ForumRequest, topic: Topic, photo: int) -> HttpResponse:
    _photo(topic, photo).move(request.POST.get("to") == "up", request.actor)
    return confirm(request, _album(topic))


@require_POST
@forum_view
def drop_photo(request: ForumRequest, topic: Topic, photo: int) -> HttpResponse:
    row = _photo(topic, photo)
    row.remove(request.actor)
    is_sheet = row.kind == Kind.SHEET
    to = reverse("sheet", args=[request.forum.code, topic.number]) if is_sheet else _album(topic)
    return confirm(request, to, _("The photo is removed."))


# seeing


@require_GET
@forum_view
def photo_file(request: ForumRequest, topic: Topic, name: str) -> FileResponse:
    """One photo, large or small. What is not for everyone is only for the group and the facilitators."""
    if not NAME.fullmatch(name):
        raise Http404
    key, _dash, size = name.partition("-")
    found = get_object_or_404(Photo, key=key, report__group__topic=topic)
    is_for_all = found.people_agreed or found.kind == Kind.SHEET
    if not is_for_all and not request.rights.may("group_photos", topic):
        raise Http404
    path = found.paths[bool(size)]
    if not path.exists():
        raise Http404(_("This photo was removed."))
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response
