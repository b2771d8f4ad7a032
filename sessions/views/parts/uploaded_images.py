"""Save the images that a plain form uploads."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.server import disk
from sessions.media import images
from sessions.media.images import InvalidImage, ProcessedImage
from sessions.media.two_phase import MAX_IMAGES, images_of_form
from sessions.models import Photo, QuotaExceeded, Report, TooManyPhotos
from sessions.models.photo import MAX_PHOTOS


def save_uploads(request: ForumRequest, report: Report, kind: str, to: str) -> HttpResponse:
    """Add the images of the form to a report: all or none, so that sending them again doubles nothing."""
    files = request.FILES.getlist("files")
    if not files:
        return deny(request, _("No picture came with it: choose one first."), status=422)
    if report.photos.filter(kind=kind).count() + len(files) > MAX_PHOTOS:
        return deny(request, no_room_message(TooManyPhotos()), status=409)
    problem, status = add_photos([(report, file) for file in files], kind, request)
    if problem:
        return deny(request, problem, status=status)
    message = ngettext("The picture is kept.", "{count} pictures are kept.", len(files)).format(count=len(files))
    return confirm(request, to, message)


def add_photos(uploads: "list[tuple[Report, UploadedFile[Any]]]", kind: str, request: ForumRequest) -> tuple[str, int]:
    """Re-encode these images and add each to its report. Only in a view decorated by `with_images`.

    Returns the problem, empty if there is none, and the status of the response.
    """
    if len(uploads) > MAX_IMAGES:
        return _("%(count)s pictures go at a time: send the others afterwards.") % {"count": MAX_IMAGES}, 422
    files = [file for _report, file in uploads]
    try:
        results = images_of_form(request, files)
        pairs = zip(files, results, strict=True)
        if problems := [f"{file.name}: {result}" for file, result in pairs if isinstance(result, InvalidImage)]:
            return " ".join(problems), 422
        pictures = [result for result in results if isinstance(result, ProcessedImage)]
        disk.check_space(sum(picture.size for picture in pictures), images.directory())
        for (report, _file), picture in zip(uploads, pictures, strict=True):
            Photo.add(report, picture, request.actor, kind=kind)
    except images.ImageProcessBusy:
        return _("Another photo is being prepared: send yours again in a moment."), 429
    except (TooManyPhotos, QuotaExceeded) as error:
        return no_room_message(error), 409
    except OSError:
        return images.disk_full_text(), 507
    return "", 200


def no_room_message(error: TooManyPhotos | QuotaExceeded) -> str:
    if isinstance(error, TooManyPhotos):
        return _("A report has %(count)s photos at most: remove one first.") % {"count": MAX_PHOTOS}
    if error.is_of_person:
        return _("Your photos take all the room that one person has: remove one of yours first.")
    return _("The photos take all the room that this forum has: remove one first.")
