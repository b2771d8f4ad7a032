"""The imprint of the report as the facilitators write it, and who may read the report: one form, beside the logos."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.phases import Phase
from sessions.forms.imprint import ImprintForm, LogoForm
from sessions.media import images
from sessions.media.two_phase import processed_images, processes_images
from sessions.models import Imprint, Logo
from sessions.models.imprint import MAX_LOGO_PIXELS, MAX_LOGOS, TooManyLogos


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def imprint(request: ForumRequest) -> HttpResponse:
    """Write it, and say who may read the report; below, its logos."""
    found = Imprint.for_forum(request.forum)
    form = ImprintForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        found.save_all(request.actor, form.edited)
        return confirm(request, _here(request), _saved(form))
    return _page(request, form=form)


def _saved(form: ImprintForm) -> str:
    if "is_public" not in form.edited:
        return _("Saved: the next edition of the report says it.")
    if form.instance.is_public:
        return _("Saved: everyone can read the report, on the public page.")
    if form.instance.forum.current_phase == Phase.PUBLISHED:
        return _("Saved: the public page is closed; the participants keep the report.")
    return _("Saved: the public page is closed.")


@require_POST
@processes_images
@forum_view
def add_logo(request: ForumRequest) -> HttpResponse:
    found = Imprint.for_forum(request.forum)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid() and (content := _drawn(request, form)):
        try:
            found.add_logo(form.cleaned_data["name"], content, request.actor)
        except OSError:
            form.add_error("image", images.disk_full_text())
        except TooManyLogos:
            form.add_error(None, _("The cover has room for %(count)s logos: remove one first.") % {"count": MAX_LOGOS})
        else:
            return _kept(request, _("The logo is on the cover of the next edition."))
    return _page(request, logo_form=form)


def _drawn(request: ForumRequest, form: LogoForm) -> bytes:
    """Its image, drawn anew; nothing when it cannot be, which the form then says."""
    try:
        files = [form.cleaned_data["image"]]
        (ours,) = processed_images(request, files, max_side=MAX_LOGO_PIXELS, keeps_transparency=True)
    except images.ImageWorkerBusy:
        form.add_error("image", _("Other images are being taken in. Try again in a moment."))
        return b""
    except OSError:
        form.add_error("image", images.disk_full_text())
        return b""
    if isinstance(ours, images.InvalidImage):
        form.add_error("image", str(ours))
        return b""
    return ours.picture


@require_POST
@forum_view
def move_logo(request: ForumRequest, logo: int) -> HttpResponse:
    _logo(request, logo).move_up(request.actor)
    return _kept(request, _("The order of the logos is changed."))


@require_POST
@forum_view
def remove_logo(request: ForumRequest, logo: int) -> HttpResponse:
    _logo(request, logo).remove(request.actor)
    return _kept(request, _("The logo is removed."))


def _kept(request: ForumRequest, said: str) -> HttpResponse:
    """Show the logos as they are now, beside what is typed above: a script that asks gets them alone, see _page."""
    messages.success(request, said)
    return HttpResponseRedirect(_here(request))


def _logo(request: ForumRequest, pk: int) -> Logo:
    found = get_object_or_404(Logo.objects.select_related("imprint"), imprint__forum=request.forum, pk=pk)
    found.imprint.forum = request.forum
    return found


def _page(request: ForumRequest, **forms: ImprintForm | LogoForm) -> HttpResponse:
    """The page with the form that was sent and the other as it stands; for a script, its logos and what to say."""
    stands = Imprint.for_forum(request.forum)
    logos = stands.logos.all() if stands.pk else ()
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "imprint": stands,
        "logos": [{"logo": logo, "image": images.data_url(logo.file)} for logo in logos],
        "form": ImprintForm(instance=stands),
        "logo_form": LogoForm(),
        "address": request.build_absolute_uri(reverse("public", args=[request.forum.code])),
        **forms,
    }
    refusals = [str(each) for form in forms.values() for errors in form.errors.values() for each in errors]
    status = 422 if refusals else 200
    if not request.htmx:
        return render(request, "sessions/imprint.html", context, status=status)
    said = {"text": " ".join(refusals or map(str, messages.get_messages(request))), "isSeen": bool(refusals)}
    return trigger_client_event(render(request, "sessions/imprint.html#logos", context, status=status), "say", said)


def _here(request: ForumRequest) -> str:
    return reverse("imprint", args=[request.forum.code])
