"""The facilitators' own pages: their forums, a new one, and the links that let them in."""

from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import access, addresses
from forum.forms.forum import NewForumForm
from forum.models import Facilitator, Forum, Pass
from forum.models.secrets import fingerprint


def _stranger(request: HttpRequest) -> HttpResponse:
    """This browser holds no facilitator's key, or no longer."""
    return render(request, "forum/facilitators/stranger.html", status=403)


def _closed_link(request: HttpRequest) -> HttpResponse:
    """A link that opens nothing: mistyped, used, changed or too old."""
    access.count_wrong_code()
    return render(request, "forum/facilitators/closed_link.html", status=404)


def _keep_link(
    request: HttpRequest, me: Facilitator, secret: str, go_on: str, *, changed: bool = False
) -> HttpResponse:
    """Show the personal link, the only time that it can be shown."""
    link = addresses.public_url() + reverse("enter", args=[secret])
    context = {"facilitator": me, "link": link, "go_on": go_on, "changed": changed}
    return render(request, "forum/facilitators/keep_link.html", context)


@require_GET
@never_cache
def forums(request: HttpRequest) -> HttpResponse:
    """The forums that this facilitator runs, and no other."""
    me = access.facilitator_of(request.COOKIES)
    if me is None:
        return _stranger(request)
    here = Count("participants", filter=Q(participants__removed_at=None))
    context = {"facilitator": me, "forums": Forum.objects.run_by(me).annotate(people=here)}
    return render(request, "forum/facilitators/forums.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def new_forum(request: HttpRequest) -> HttpResponse:
    """Title, question, slots and places: the whole day in one form."""
    me = access.facilitator_of(request.COOKIES)
    if me is None:
        return _stranger(request)
    form = NewForumForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            forum = form.save()
            forum.facilitators.add(me)
            for slot in form.cleaned_data["slots"]:
                forum.slots.create(**slot)
            for place in form.cleaned_data["places"]:
                forum.places.create(**place)
        return redirect("desk", forum.code)
    context = {"facilitator": me, "form": form}
    return render(request, "forum/facilitators/new_forum.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
def begin(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link makes a facilitator; one who is known already only gets the forum that it opens."""
    invitation = Pass.find(secret)
    if invitation is None or invitation.participant_id:
        return _closed_link(request)
    me = access.facilitator_of(request.COOKIES)
    known = me if invitation.forum else None
    name = " ".join(request.POST.get("name", "").split())
    if request.method == "POST" and (known or 0 < len(name) <= 80):
        return _let_in(request, invitation, known, name)
    refused = request.method == "POST"
    context = {"invitation": invitation, "known": known, "typed": name, "refused": refused}
    return render(request, "forum/facilitators/begin.html", context, status=422 if refused else 200)


def _let_in(request: HttpRequest, invitation: Pass, known: Facilitator | None, name: str) -> HttpResponse:
    """Use the invitation up; a newcomer gets a key for this browser, and their link to keep."""
    forum = invitation.forum
    with transaction.atomic():
        if not invitation.use():
            return _closed_link(request)
        me, secret = (known, "") if known else Facilitator.create(name)
        if forum:
            forum.facilitators.add(me)
    go_on = reverse("desk", args=[forum.code]) if forum else reverse("forums")
    return access.give_key(_keep_link(request, me, secret, go_on), me) if secret else redirect(go_on)


@require_GET
@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """The personal link: exchanged for a key on this browser, then a clean address."""
    me = Facilitator.objects.filter(link_fingerprint=fingerprint(secret)).first()
    if me is None:
        return _closed_link(request)
    mine = list(Forum.objects.run_by(me)[:2])
    response = redirect("desk", mine[0].code) if len(mine) == 1 else redirect("forums")
    return response if access.facilitator_of(request.COOKIES) == me else access.give_key(response, me)


@require_POST
@never_cache
def change_link(request: HttpRequest) -> HttpResponse:
    """The link leaked, or a laptop was lost: a new link, and only this browser stays in."""
    me = access.facilitator_of(request.COOKIES)
    if me is None:
        return _stranger(request)
    with transaction.atomic():
        secret = me.change_link()
        me.disconnect_others(fingerprint(request.COOKIES[access.FACILITATOR_COOKIE]))
    return _keep_link(request, me, secret, reverse("forums"), changed=True)
