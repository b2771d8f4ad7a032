"""The photos of a report: add by a plain form, describe, order, remove, and send their files."""

import re

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.models import Topic
from forum.web.private_files import private_file
from sessions.forms.photo import PhotoForm
from sessions.media.two_phase import with_images
from sessions.models import Photo
from sessions.views.parts.report_form import (
    album_version,
    get_report_or_404,
    photo_rows,
    photos_of,
    report_url,
    respond_to_save,
    save_shared_form,
)
from sessions.views.parts.uploaded_images import save_uploads

FILE_NAME = re.compile(r"[0-9a-f]{32}(-small)?")


@require_http_methods(["GET", "POST"])
@never_cache
@with_images
@forum_view
def photos(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Show the list, for the report's page; a POST adds the images of the plain form."""
    report = get_report_or_404(topic)
    if request.method == "POST":
        return save_uploads(request, report, Photo.Kind.PHOTO, _album_url(topic))
    rows = photos_of(report)
    context = {
        "forum": request.forum,
        "topic": topic,
        "photo_rows": photo_rows(rows),
        "album_version": album_version(rows),
    }
    return render(request, "sessions/photos.html#list", context)


@require_POST
@forum_view
def photo(request: ForumRequest, topic: Topic, photo_pk: int) -> HttpResponse:
    """Save the caption and the alternative text."""
    photo = _get_photo(topic, photo_pk)
    return respond_to_save(request, photo, *save_shared_form(request, photo, PhotoForm))


@require_POST
@forum_view
def agree_photo(request: ForumRequest, topic: Topic, photo_pk: int) -> HttpResponse:
    """Save whether the people on a photo agreed (`agreed=yes`): if not, only the group sees it."""
    agreed = request.POST.get("agreed") == "yes"
    photo = _get_photo(topic, photo_pk)
    photo.set_people_agreed(agreed, request.actor)
    if agreed and photo.waits_since:
        message = _("Everyone will see this photo once the facilitators have agreed.")
    else:
        message = _("Everyone may see this photo.") if agreed else _("Only the group sees this photo.")
    return confirm(request, _album_url(topic), message)


@require_POST
@forum_view
def move_photo(request: ForumRequest, topic: Topic, photo_pk: int) -> HttpResponse:
    """Move a photo one place up (`to=up`) or down."""
    _get_photo(topic, photo_pk).move(request.POST.get("to") == "up", request.actor)
    return confirm(request, _album_url(topic))


@require_POST
@forum_view
def drop_photo(request: ForumRequest, topic: Topic, photo_pk: int) -> HttpResponse:
    """Remove a photo, or a picture of a sheet."""
    photo = _get_photo(topic, photo_pk)
    photo.remove(request.actor)
    is_sheet = photo.kind == Photo.Kind.SHEET
    to = reverse("sheet", args=[request.forum.code, topic.number]) if is_sheet else _album_url(topic)
    return confirm(request, to, _("The photo is removed."))


@require_GET
@forum_view
def photo_file(request: ForumRequest, topic: Topic, name: str) -> HttpResponseBase:
    """Send a photo, large or small. A photo without agreement is only for its group and for facilitators."""
    if not FILE_NAME.fullmatch(name):
        raise Http404
    key, _dash, size = name.partition("-")
    row = get_object_or_404(Photo, key=key, report__group__topic=topic)
    is_of_group, approves = request.rights.may("group_photos", topic), request.actor.approves
    if not row.is_shown_to(request.actor.participant, is_of_group=is_of_group, approves=approves):
        raise Http404
    try:
        return private_file(request, row.paths[bool(size)], "image/jpeg")
    except FileNotFoundError:
        raise Http404(_("This photo was removed.")) from None


def _get_photo(topic: Topic, pk: int) -> Photo:
    photo = Photo.objects.filter(pk=pk, report__group__topic=topic).first()
    if photo is None:
        raise Http404(_("This photo was removed."))
    photo.report = get_report_or_404(topic)
    return photo


def _album_url(topic: Topic) -> str:
    return f"{report_url(topic)}#photos"
