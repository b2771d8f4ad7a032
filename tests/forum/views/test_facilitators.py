"""The facilitators of a forum: their devices and invitations, and how their rights end."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of
from forum.auth.rules import Rights
from forum.models import Actor, Device, Facilitator, Forum, OneTimeCode, Participant, TeamRole, Topic
from forum.models.facilitator import RightsLost
from forum.models.tokens import fingerprint
from forum.models.verbs import RIGHTS_VERBS
from forum.views import facilitator_links
from sessions.proceedings.freshness import VERBS_NOT_IN_BOOK
from tests.conftest import ClientFor, join_team
from tests.page_texts import text_of

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"


@pytest.fixture
def camille_browser(camille: Facilitator, client_for: ClientFor) -> Client:
    return client_for(camille)


def new_invitation(client: Client, forum: Forum, role: str = "facilitator") -> str:
    """Invite a colleague from this browser, and return the path of the invitation."""
    page = client.post(f"/{forum.code}/desk/facilitators/invite/", {"role": role}).content.decode()
    (path,) = re.findall(r'id="invitation-link">https?://[^/]+(/facilitator/begin/[^<]+)<', page)
    return str(path)


@pytest.fixture
def rival_browser(camille_browser: Client, forum: Forum, client_for: ClientFor) -> Client:
    """The browser of a facilitator invited by a thief of Camille’s link."""
    browser = client_for(None)
    browser.post(new_invitation(camille_browser, forum), {"name": "Rivale"}, headers={"user-agent": WINDOWS})
    return browser


def test_changing_a_link_ends_the_invitations_and_the_devices_that_it_gave(
    camille: Facilitator, camille_browser: Client, forum: Forum, client_for: ClientFor
) -> None:
    link = camille.replace_link()
    thief = client_for(None)
    thief.get(f"/facilitator/{link}/")
    path = new_invitation(thief, forum)
    assert client_for(None).get(path).status_code == 200
    camille_browser.post("/facilitator/link/")
    assert client_for(None).get(path).status_code == 404
    assert client_for(None).post(path, {"name": "Voleuse"}).status_code == 404
    assert (thief.get(f"/{forum.code}/desk/").status_code, camille_browser.get(f"/{forum.code}/desk/").status_code) == (
        403,
        200,
    )
    assert [f.name for f in forum.facilitators.all()] == ["Camille Dufour"]


def test_who_came_by_a_thief_s_invitation_is_shown_to_the_owner_who_changes_the_link(
    camille: Facilitator, camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    elsewhere = Forum.objects.create(title="Là où elle saisit", question="?")
    elsewhere.facilitators.add(camille, through_defaults={"role": TeamRole.OPERATOR})
    page = text_of(camille_browser.post("/facilitator/link/"))
    assert re.findall(r'href="(/\w+/desk/facilitators/)"', page) == [f"/{forum.code}/desk/facilitators/"]
    assert rival_browser.get(f"/{forum.code}/desk/").status_code == 200
    assert "Rivale" in text_of(camille_browser.get(f"/{forum.code}/desk/facilitators/"))


def test_a_link_renewed_on_the_computer_that_serves_lets_no_old_browser_in(
    camille: Facilitator,
    camille_browser: Client,
    forum: Forum,
    client_for: ClientFor,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = new_invitation(camille_browser, forum)
    call_command("facilitator", name="Camille Dufour")
    (link,) = re.findall(r"http\S+?(/facilitator/\S+)", capsys.readouterr().out)
    assert (camille_browser.get(f"/{forum.code}/desk/").status_code, client_for(None).get(path).status_code) == (
        403,
        404,
    )
    again = client_for(None)
    assert again.get(link).status_code == 302
    assert again.get(f"/{forum.code}/desk/").status_code == 200


def test_everybody_who_runs_the_forum_is_listed_with_their_devices_and_the_open_invitations(
    camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    new_invitation(camille_browser, forum)
    old = OneTimeCode.for_facilitator(forum)
    OneTimeCode.objects.filter(code_fingerprint=fingerprint(old)).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    page = text_of(camille_browser.get(f"/{forum.code}/desk/facilitators/"))
    assert re.findall(r"<h3>([^<]+?) ?<", page) == ["Camille Dufour", "Rivale"]
    assert (page.count("Windows"), page.count("celui-ci"), page.count("Faite par Camille Dufour")) == (1, 1, 1)
    # A later facilitator cannot end her devices.
    page = text_of(rival_browser.get(f"/{forum.code}/desk/facilitators/"))
    assert (page.count("/remove/"), page.count("/devices/"), page.count("/end/")) == (0, 0, 1)


def test_a_facilitator_who_came_later_is_removed_with_their_link_devices_and_invitations(
    camille_browser: Client, rival_browser: Client, forum: Forum, client_for: ClientFor
) -> None:
    rival = forum.facilitators.get(name="Rivale")
    link, path = rival.replace_link(), new_invitation(rival_browser, forum)
    camille_browser.post(f"/{forum.code}/desk/facilitators/{rival.pk}/remove/")
    assert [f.name for f in forum.facilitators.all()] == ["Camille Dufour"]
    # Both answer as to a facilitator without rights.
    assert [rival_browser.get(path).status_code for path in (f"/{forum.code}/desk/", "/facilitator/")] == [403, 403]
    assert [client_for(None).get(p).status_code for p in (path, f"/facilitator/{link}/")] == [404, 404]
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{rival.pk}"]
    journal = text_of(camille_browser.get(f"/{forum.code}/desk/journal/"))
    assert "a retiré quelqu’un de l’équipe" in journal
    assert journal.count("Rivale") >= 1


def test_a_removed_facilitator_ends_nobodys_rights(
    camille: Facilitator, camille_browser: Client, rival_browser: Client, forum: Forum, as_camille: Actor
) -> None:
    rival = forum.facilitators.get(name="Rivale")
    rival.remove_from(forum, as_camille)
    assert [rival.may_remove(camille, forum), camille.may_remove(rival, forum)] == [False, False]


def test_a_link_opened_while_it_changes_lets_nobody_stay_in(
    camille: Facilitator, forum: Forum, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, thief = camille.replace_link(), client_for(None)
    look = facilitator_of

    def change_first(cookies: dict[str, str]) -> Facilitator | None:
        monkeypatch.setattr(facilitator_links, "facilitator_of", look)
        camille.change_link()
        return look(cookies)

    monkeypatch.setattr(facilitator_links, "facilitator_of", change_first)
    assert thief.get(f"/facilitator/{link}/").status_code == 404
    assert (camille.devices.count(), thief.get(f"/{forum.code}/desk/").status_code) == (0, 302)


def test_a_change_by_a_facilitator_who_is_removed_at_that_moment_is_not_made(
    camille: Facilitator, rival_browser: Client, forum: Forum, as_camille: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = forum.facilitators.get(name="Rivale")
    later = Facilitator.create("Dernière")[0]
    forum.facilitators.add(later)
    Device.issue(later)
    invitation = OneTimeCode.objects.get(code_fingerprint=fingerprint(OneTimeCode.invite(forum, as_camille)))
    take = Rights.refusal

    def remove_first(rights: Rights, name: str, topic: Topic | None = None) -> str | None:
        monkeypatch.setattr(Rights, "refusal", take)
        refusal = take(rights, name, topic)
        forum.facilitators.remove(rival)
        return refusal

    before = forum.journal.count()
    home = f"/{forum.code}/desk/facilitators"
    for path in (
        "invite/", f"invitations/{invitation.pk}/end/", f"{later.pk}/remove/", f"devices/{later.devices.get().pk}/end/",
        f"{later.pk}/role/",
    ):  # fmt: skip
        monkeypatch.setattr(Rights, "refusal", remove_first)
        assert rival_browser.post(f"{home}/{path}", {"key": path, "role": "operator"}).status_code in (404, 409)
        forum.facilitators.add(rival)
    assert (forum.journal.count(), OneTimeCode.objects.count(), later.devices.count()) == (before, 1, 1)


def test_an_invitation_made_while_the_link_changes_opens_nothing(
    camille: Facilitator, forum: Forum, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief, take = client_for(camille), Rights.refusal

    def change_first(rights: Rights, name: str, topic: Topic | None = None) -> str | None:
        monkeypatch.setattr(Rights, "refusal", take)
        camille.change_link()
        return take(rights, name, topic)

    monkeypatch.setattr(Rights, "refusal", change_first)
    assert (
        thief.post(f"/{forum.code}/desk/facilitators/invite/", {"key": "late", "role": "facilitator"}).status_code
        == 404
    )
    assert OneTimeCode.objects.count() == 0


def test_nobody_is_disconnected_through_a_forum_of_somebody_else(
    camille: Facilitator, camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    own = Forum.objects.create(title="À elle", question="?")
    own.facilitators.add(forum.facilitators.get(name="Rivale"), through_defaults={})
    own.facilitators.add(camille)
    device = camille.devices.get()
    assert rival_browser.post(f"/{own.code}/desk/facilitators/devices/{device.pk}/end/").status_code == 409
    assert f"/devices/{device.pk}/" not in text_of(rival_browser.get(f"/{own.code}/desk/facilitators/"))
    assert rival_browser.post(f"/{own.code}/desk/facilitators/{camille.pk}/remove/").status_code == 302
    assert camille_browser.get(f"/{forum.code}/desk/").status_code == 200


@pytest.mark.parametrize(
    ("language", "role", "label"),
    [("fr", "operator", "opérateur·rice de saisie"), ("fr", "sponsor", "commanditaire"), ("en", "sponsor", "sponsor")],
)
def test_an_invitation_says_its_role_to_both_and_gives_it(
    camille_browser: Client, forum: Forum, client_for: ClientFor, language: str, role: str, label: str
) -> None:
    newcomer = client_for(None)
    for browser in (camille_browser, newcomer):
        browser.cookies["django_language"] = language
    home = f"/{forum.code}/desk/facilitators/"
    page = text_of(camille_browser.post(f"{home}invite/", {"role": role}))
    assert f"<b>{label}</b>" in page
    (path,) = re.findall(r'id="invitation-link">https?://[^/]+(/facilitator/begin/[^<]+)<', page)
    assert f'{label} <span class="soft">·</span>' in text_of(camille_browser.get(home))
    assert f"<b>{label}</b>" in text_of(newcomer.get(path))
    newcomer.post(path, {"name": "Olive"})
    assert forum.facilitations.get(facilitator__name="Olive").role == role
    assert newcomer.get(f"/{forum.code}/desk/").status_code == 200
    journal = text_of(camille_browser.get(f"/{forum.code}/desk/journal/"))
    assert journal.count(label) == 2


def test_nobody_is_invited_in_a_role_that_there_is_not(camille_browser: Client, forum: Forum) -> None:
    invite = f"/{forum.code}/desk/facilitators/invite/"
    statuses = [camille_browser.post(invite, fields).status_code for fields in ({}, {"role": "king"})]
    assert (statuses, OneTimeCode.objects.count()) == ([409, 409], 0)


def test_a_role_is_changed_at_once_with_the_invitations_that_it_allowed(
    camille_browser: Client, rival_browser: Client, forum: Forum, client_for: ClientFor
) -> None:
    rival, path = forum.facilitators.get(name="Rivale"), new_invitation(rival_browser, forum)
    assert camille_browser.post(role_path(forum, rival), {"role": "operator"}).status_code == 302
    home = f"/{forum.code}/desk"
    statuses = [rival_browser.get(f"{home}/{page}").status_code for page in ("", "operator/", "journal/", "settings/")]
    assert statuses == [200, 200, 403, 403]
    assert rival_browser.post(f"{home}/facilitators/invite/", {"role": "sponsor"}).status_code == 403
    assert client_for(None).get(path).status_code == 404
    entry = forum.journal.latest("revision")
    assert (entry.verb, entry.details) == ("changed a role", {"facilitator": "Rivale", "role": "operator"})
    assert entry.invalidated == [f"rights-facilitator-{rival.pk}"]
    assert "a changé un rôle" in text_of(camille_browser.get(f"{home}/journal/"))
    # The same again is no change, and the way back gives everything back.
    before = forum.journal.count()
    camille_browser.post(role_path(forum, rival), {"role": "operator"})
    assert forum.journal.count() == before
    camille_browser.post(role_path(forum, rival), {"role": "facilitator"})
    assert rival_browser.get(f"{home}/journal/").status_code == 200


def role_path(forum: Forum, person: Facilitator) -> str:
    return f"/{forum.code}/desk/facilitators/{person.pk}/role/"


def test_nobody_changes_the_role_of_an_earlier_facilitator_or_their_own(
    camille: Facilitator, camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    for browser in (camille_browser, rival_browser):  # her own, then that of an earlier one
        assert browser.post(role_path(forum, camille), {"role": "sponsor"}).status_code == 409
    assert camille_browser.post(role_path(forum, camille), {"role": "king"}).status_code == 409
    assert set(forum.facilitations.values_list("role", flat=True)) == {"facilitator"}
    assert "/role/" not in text_of(rival_browser.get(f"/{forum.code}/desk/facilitators/"))


def test_who_only_types_or_reads_in_a_forum_removes_nobody_from_it(
    camille: Facilitator, rival_browser: Client, forum: Forum, as_camille: Actor
) -> None:
    rival, last = forum.facilitators.get(name="Rivale"), join_team(forum, "Dernière", TeamRole.FACILITATOR)
    own = Forum.objects.create(title="À elle", question="?")
    own.facilitators.add(rival)
    own.facilitators.add(last)
    assert (rival.may_remove(last, forum), rival.may_disconnect(last)) == (True, True)
    rival.change_role(forum, TeamRole.OPERATOR, as_camille)
    assert (rival.may_remove(last, forum), rival.may_remove(last, own), rival.may_disconnect(last)) == (
        False, True, False,
    )  # fmt: skip
    with pytest.raises(RightsLost):
        last.change_role(forum, TeamRole.SPONSOR, Actor(facilitator=rival))


def test_changes_of_facilitators_do_not_renew_the_book() -> None:
    assert set(RIGHTS_VERBS) <= VERBS_NOT_IN_BOOK


def test_the_page_of_a_new_link_changes_it_once_however_often_it_is_loaded(
    camille: Facilitator, camille_browser: Client, forum: Forum
) -> None:
    first = camille_browser.post("/facilitator/link/", {"key": "loaded-again"})
    changed = Facilitator.objects.get(pk=camille.pk).link_fingerprint
    again = camille_browser.post("/facilitator/link/", {"key": "loaded-again"})
    assert (first.status_code, again.status_code) == (200, 204)
    assert (Facilitator.objects.get(pk=camille.pk).link_fingerprint, forum.journal.count()) == (changed, 1)


def test_a_facilitator_removed_from_one_forum_keeps_the_others(
    camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    rival = forum.facilitators.get(name="Rivale")
    other = Forum.objects.create(title="Autre", question="?")
    other.facilitators.add(rival)
    camille_browser.post(f"/{forum.code}/desk/facilitators/{rival.pk}/remove/")
    statuses = [rival_browser.get(f"/{code}/desk/").status_code for code in (forum.code, other.code)]
    assert statuses == [302, 200]


def test_nobody_removes_or_disconnects_an_earlier_facilitator_or_removes_themselves(
    camille: Facilitator, camille_browser: Client, rival_browser: Client, forum: Forum
) -> None:
    device = camille.devices.get()
    for path in (f"{camille.pk}/remove/", f"devices/{device.pk}/end/"):
        assert rival_browser.post(f"/{forum.code}/desk/facilitators/{path}").status_code == 409
    assert camille_browser.post(f"/{forum.code}/desk/facilitators/{camille.pk}/remove/").status_code == 409
    assert (forum.facilitators.count(), camille_browser.get(f"/{forum.code}/desk/").status_code) == (2, 200)


def test_one_device_is_disconnected_and_the_others_stay(
    camille: Facilitator, camille_browser: Client, forum: Forum
) -> None:
    lost = Client()
    lost.cookies[FACILITATOR_COOKIE] = token = Device.issue(camille, "iPhone")
    device = Device.objects.get(token_fingerprint=fingerprint(token))
    response = camille_browser.post(f"/{forum.code}/desk/facilitators/devices/{device.pk}/end/")
    assert (response.status_code, camille.devices.count()) == (302, 1)
    assert [client.get(f"/{forum.code}/desk/").status_code for client in (lost, camille_browser)] == [403, 200]
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{camille.pk}"]


def test_an_invitation_is_ended(camille_browser: Client, forum: Forum, client_for: ClientFor) -> None:
    path = new_invitation(camille_browser, forum)
    camille_browser.post(f"/{forum.code}/desk/facilitators/invitations/{OneTimeCode.objects.get().pk}/end/")
    assert client_for(None).get(path).status_code == 404
    verbs = list(forum.journal.order_by("revision").values_list("verb", flat=True))
    assert verbs == ["invited a facilitator", "ended an invitation"]


def test_nothing_of_another_forum_is_ended_here(
    camille_browser: Client, forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    rival = Facilitator.create("Ailleurs")[0]
    other.facilitators.add(rival)
    client_for(rival)
    invitation, code = OneTimeCode.invite(other, Actor(facilitator=rival)), OneTimeCode.for_second_device(nadia)
    home = f"/{forum.code}/desk/facilitators"
    paths = [f"{home}/{rival.pk}/remove/", f"{home}/devices/{rival.devices.get().pk}/end/"]
    paths += [f"{home}/invitations/{OneTimeCode.find(secret).pk}/end/" for secret in (invitation, code)]  # type: ignore[union-attr]
    assert [camille_browser.post(path).status_code for path in paths] == [404] * 4
    assert (other.facilitators.count(), rival.devices.count(), OneTimeCode.objects.count()) == (1, 1, 2)


def test_an_accepted_invitation_is_in_the_journal(camille_browser: Client, rival_browser: Client, forum: Forum) -> None:
    entry = forum.journal.latest("revision")
    rival, details = forum.facilitators.get(name="Rivale"), {"facilitator": "Camille Dufour", "role": "facilitator"}
    assert (entry.facilitator, entry.verb, entry.details) == (rival, "accepted an invitation", details)
    assert "a accepté une invitation de" in text_of(camille_browser.get(f"/{forum.code}/desk/journal/"))


def test_signing_out_forgets_the_facilitator_on_this_browser_alone(
    camille: Facilitator, camille_browser: Client, forum: Forum, client_for: ClientFor
) -> None:
    stolen, laptop = camille_browser.cookies[FACILITATOR_COOKIE].value, client_for(camille)
    response = camille_browser.post("/facilitator/sign-out/")
    assert (response.status_code, response.cookies[FACILITATOR_COOKIE]["max-age"]) == (302, 0)
    copy = Client()
    copy.cookies[FACILITATOR_COOKIE] = stolen
    statuses = [client.get("/facilitator/").status_code for client in (camille_browser, copy, laptop)]
    assert statuses == [403, 403, 200]
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{camille.pk}"]
    assert client_for(None).post("/facilitator/sign-out/").status_code == 302


def test_the_demonstration_started_again_leaves_open_browsers_in(
    camille: Facilitator, camille_browser: Client, forum: Forum
) -> None:
    camille.replace_link()
    assert camille_browser.get(f"/{forum.code}/desk/").status_code == 200
