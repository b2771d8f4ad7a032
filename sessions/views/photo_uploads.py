"""Uploads of photos and of sheets, part by part, so that a lost connection costs one part."""

from django.db import IntegrityError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import is_form
from forum.models import Topic
from forum.text.parsing import parse_whole_number
from sessions.media import images
from sessions.media.images import InvalidImage
from sessions.media.uploads import (
    UPLOAD_ID,
    FileTooLarge,
    PartialUpload,
    TooManyUnfinishedUploads,
    UploadNotStored,
    WrongOffset,
)
from sessions.models import Photo, QuotaExceeded, Report, TooManyPhotos
from sessions.models.photo import MAX_PHOTOS
from sessions.views.parts.report_form import get_report_or_404
from sessions.views.parts.uploaded_images import no_room_message


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def upload_photo(request: ForumRequest, topic: Topic, upload: str) -> JsonResponse:
    """Take a part of a photo. A GET returns the bytes that have arrived; the last part makes the photo."""
    return _respond_to_upload(request, get_report_or_404(topic), upload, Photo.Kind.PHOTO)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def upload_sheet(request: ForumRequest, topic: Topic, upload: str) -> JsonResponse:
    """Take a part of a picture of a sheet, in the same way."""
    return _respond_to_upload(request, get_report_or_404(topic), upload, Photo.Kind.SHEET)


def _respond_to_upload(request: ForumRequest, report: Report, name: str, kind: str) -> JsonResponse:
    if not UPLOAD_ID.fullmatch(name):
        raise Http404
    upload = PartialUpload(request.forum, request.actor, name)
    if photo := Photo.objects.filter(key=upload.key).first():
        return JsonResponse({"done": True, "photo": photo.pk})
    if request.method == "GET":
        return JsonResponse({"offset": upload.offset})
    offset, size = (parse_whole_number(request.GET.get(name, "")) for name in ("offset", "size"))
    if offset is None or size is None or is_form(request):
        return JsonResponse({"problem": _("This is not a piece of a photo.")}, status=400)
    try:
        return _take_part(request, report, upload, offset, size, kind)
    except WrongOffset:
        return JsonResponse({"offset": upload.offset}, status=409)
    except FileTooLarge:
        upload.delete()
        return JsonResponse({"problem": images.refusal_text("large")}, status=413)
    except (TooManyPhotos, QuotaExceeded) as error:
        upload.delete()
        return JsonResponse({"problem": no_room_message(error)})
    except TooManyUnfinishedUploads:  # 507: the browser keeps the photo, says why and tries again
        reason = _("Too many photos were begun and never finished. In an hour they no longer count.")
        return JsonResponse({"problem": reason}, status=507)
    except UploadNotStored:
        return JsonResponse({"problem": images.disk_full_text()}, status=507)


def _take_part(
    request: ForumRequest, report: Report, upload: PartialUpload, offset: int, size: int, kind: str
) -> JsonResponse:
    """Append a part at byte `offset` of a file of `size` bytes. Raises as PartialUpload.append, or TooManyPhotos."""
    if not offset and report.photos.filter(kind=kind).count() >= MAX_PHOTOS:
        raise TooManyPhotos
    if offset + len(request.body) > size:
        raise FileTooLarge
    upload.append(offset, request.body)
    arrived = upload.offset
    return _finish_upload(request, report, upload, kind) if arrived == size else JsonResponse({"offset": arrived})


def _finish_upload(request: ForumRequest, report: Report, upload: PartialUpload, kind: str) -> JsonResponse:
    """Make the photo of a file that has arrived whole. Raises TooManyPhotos or UploadNotStored."""
    try:
        with upload.path.open("rb") as file:
            (result,) = images.process_images([file], wait=0)
        if isinstance(result, InvalidImage):
            upload.delete()
            return JsonResponse({"problem": str(result)})
        photo = Photo.add(report, result, request.actor, kind=kind, key=upload.key)
    except images.ImageProcessBusy:
        response = JsonResponse({"offset": upload.offset}, status=429)
        response.headers["Retry-After"] = "1"
        return response
    except IntegrityError:  # the same last part, sent twice at once
        photo = Photo.objects.get(key=upload.key)
    except OSError as error:
        raise UploadNotStored from error
    upload.delete()
    return JsonResponse({"done": True, "photo": photo.pk})
