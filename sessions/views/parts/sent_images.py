"""Keep the images that a plain form sends."""

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
from sessions.media.two_phase import MAX_IMAGES, processed_images
from sessions.models import Photo, Report, TooManyPhotos
from sessions.models.photo import MAX_PHOTOS


def send(request: ForumRequest, report: Report, kind: str, to: str) -> HttpResponse:
    """Take the images of a plain form: each of them or none, so that sending again doubles nothing."""
    files = request.FILES.getlist("files")
    if not files:
        return deny(request, _("No picture came with it: choose one first."), status=422)
    if report.photos.filter(kind=kind).count() + len(files) > MAX_PHOTOS:
        return deny(request, too_many(), status=409)
    problem, status = keep_all([(report, file) for file in files], kind, request)
    if problem:
        return deny(request, problem, status=status)
    said = ngettext("The picture is kept.", "{count} pictures are kept.", len(files)).format(count=len(files))
    return confirm(request, to, said)


def keep_all(sent: "list[tuple[Report, UploadedFile[Any]]]", kind: str, request: ForumRequest) -> tuple[str, int]:
    """Keep these images, drawn anew. Else why not, with the name of the file, and the status of the answer.

    Only in a view that `draws`.
    """
    if len(sent) > MAX_IMAGES:
        return _("%(count)s pictures go at a time: send the others afterwards.") % {"count": MAX_IMAGES}, 422
    try:
        ours = processed_images(request, [file for _report, file in sent])
    except images.ImageWorkerBusy:
        return busy(), 429
    except OSError:
        return images.disk_full_text(), 507
    problems = [
        f"{file.name}: {one}" for (_r, file), one in zip(sent, ours, strict=True) if isinstance(one, InvalidImage)
    ]
    if problems:
        return " ".join(problems), 422
    try:
        disk.check_space(sum(one.size for one in ours if isinstance(one, ProcessedImage)), images.directory())
        for (report, _file), one in zip(sent, ours, strict=True):
            if isinstance(one, ProcessedImage):
                Photo.add(report, one, request.actor, kind=kind)
    except TooManyPhotos:
        return too_many(), 409
    except OSError:
        return images.disk_full_text(), 507
    return "", 200


def busy() -> str:
    return _("Another photo is being prepared: send yours again in a moment.")


def too_many() -> str:
    return _("A report has %(count)s photos at most: remove one first.") % {"count": MAX_PHOTOS}
