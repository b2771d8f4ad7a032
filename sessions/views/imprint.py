"""The imprint of the book, as facilitators write it, with its logos; and who may read the book."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.phases import Phase
from sessions.forms.imprint import ImprintForm, LogoForm
from sessions.media import images
from sessions.media.two_phase import images_of_form, with_images
from sessions.models import Imprint, Logo
from sessions.models.imprint import MAX_LOGO_PIXELS, MAX_LOGOS, TooManyLogos


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def imprint(request: ForumRequest) -> HttpResponse:
    """Show the page, and save the imprint and who may read the book."""
    row = Imprint.for_forum(request.forum)
    form = ImprintForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_valid():
        row.save_all(request.actor, form.edited)
        return confirm(request, _imprint_url(request), _saved_message(form))
    return _render_imprint(request, form=form)


def _saved_message(form: ImprintForm) -> str:
    if form.edited == {"is_listed"}:
        if form.instance.is_listed:
            return _("Saved: the report is in the list of published forums.")
        return _("Saved: the report is not in the list of published forums.")
    if "is_public" not in form.edited:
        return _("Saved: the next edition of the report says it.")
    if form.instance.is_public:
        return _("Saved: everyone can read the report, on the public page.")
    if form.instance.forum.current_phase == Phase.PUBLISHED:
        return _("Saved: the public page is closed; the participants keep the report.")
    return _("Saved: the public page is closed.")


@require_POST
@with_images
@forum_view
def add_logo(request: ForumRequest) -> HttpResponse:
    """Re-encode a logo and add it to the cover."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid() and (content := _logo_content(request, form)):
        try:
            Imprint.for_forum(request.forum).add_logo(form.cleaned_data["name"], content, request.actor)
        except OSError:
            form.add_error("image", images.disk_full_text())
        except TooManyLogos:
            form.add_error(None, _("The cover has room for %(count)s logos: remove one first.") % {"count": MAX_LOGOS})
        else:
            return _confirm_logos(request, _("The logo is on the cover of the next edition."))
    return _render_imprint(request, logo_form=form)


def _logo_content(request: ForumRequest, form: LogoForm) -> bytes:
    """Return the image re-encoded; empty when that fails, with an error in the form."""
    try:
        (result,) = images_of_form(
            request, [form.cleaned_data["image"]], max_side=MAX_LOGO_PIXELS, keeps_transparency=True
        )
    except images.ImageProcessBusy:
        form.add_error("image", _("Other images are being taken in. Try again in a moment."))
        return b""
    except OSError:
        form.add_error("image", images.disk_full_text())
        return b""
    if isinstance(result, images.InvalidImage):
        form.add_error("image", str(result))
        return b""
    return result.picture


@require_POST
@forum_view
def move_logo(request: ForumRequest, logo_pk: int) -> HttpResponse:
    """Move a logo one place forward."""
    _get_logo(request, logo_pk).move_up(request.actor)
    return _confirm_logos(request, _("The order of the logos is changed."))


@require_POST
@forum_view
def remove_logo(request: ForumRequest, logo_pk: int) -> HttpResponse:
    _get_logo(request, logo_pk).remove(request.actor)
    return _confirm_logos(request, _("The logo is removed."))


def _get_logo(request: ForumRequest, pk: int) -> Logo:
    logo = get_object_or_404(Logo.objects.select_related("imprint"), imprint__forum=request.forum, pk=pk)
    logo.imprint.forum = request.forum
    return logo


def _confirm_logos(request: ForumRequest, message: str) -> HttpResponse:
    """Redirect to the page. A script that follows gets the logos alone, and keeps what is typed in the imprint."""
    messages.success(request, message)
    return HttpResponseRedirect(_imprint_url(request))


def _render_imprint(request: ForumRequest, **bound_forms: ImprintForm | LogoForm) -> HttpResponse:
    """Render the page with the form that was sent and the other one unbound; for a script, the logos and a message."""
    saved = Imprint.for_forum(request.forum)
    logos = saved.logos.all() if saved.pk else ()
    context = {
        "imprint": saved,
        "logo_rows": [{"logo": logo, "image": images.data_url(logo.file)} for logo in logos],
        "form": ImprintForm(instance=saved),
        "logo_form": LogoForm(),
        "public_url": request.build_absolute_uri(reverse("public", args=[request.forum.code])),
        **bound_forms,
    }
    reasons = [str(reason) for form in bound_forms.values() for errors in form.errors.values() for reason in errors]
    status = 422 if reasons else 200
    if not request.htmx:
        return render_page(request, "sessions/imprint.html", context, status)
    message = " ".join(reasons or map(str, messages.get_messages(request)))
    response = render_page(request, "sessions/imprint.html#logos", context, status)
    return trigger_client_event(response, "say", {"text": message, "isSeen": bool(reasons)})


def _imprint_url(request: ForumRequest) -> str:
    return reverse("imprint", args=[request.forum.code])
