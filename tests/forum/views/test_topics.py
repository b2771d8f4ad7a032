"""Topics: proposed once, edited, withdrawn, brought back; refusals give a reason and keep the typed values."""

import pytest

from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])
WATER = {"title": "L’eau en août : qui ferme le robinet ?", "description": "Sept arrêtés en un été."}


def test_a_participant_proposes_a_topic_and_convenes_it(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    response = client_for(nadia).post(f"/{forum.code}/topics/new/", WATER)
    topic = forum.topics.get()
    assert response.headers["Location"] == f"/{forum.code}/topics/1/"
    assert (topic.number, topic.title, topic.description, topic.convener) == (1, *WATER.values(), nadia)


def test_the_same_proposal_sent_twice_makes_one_topic(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    client = client_for(nadia)
    responses = [client.post(f"/{forum.code}/topics/new/", {**WATER, "key": "k1"}) for _ in range(2)]
    assert [response.headers["Location"] for response in responses] == [f"/{forum.code}/topics/1/"] * 2
    assert forum.topics.count() == 1


def test_a_proposal_that_was_refused_can_be_corrected_under_the_same_key(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    assert client.post(f"/{forum.code}/topics/new/", {"title": "", "key": "k1"}).status_code == 422
    assert client.post(f"/{forum.code}/topics/new/", {**WATER, "key": "k1"}).status_code == 302


def test_a_form_whose_answer_was_lost_is_not_refused_when_the_phase_moved_meanwhile(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    client, form = client_for(nadia), {**WATER, "key": "k1"}
    first = client.post(f"/{forum.code}/topics/new/", form)
    move(forum, Phase.CLOSING)
    again = client.post(f"/{forum.code}/topics/new/", form)
    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert client.post(f"/{forum.code}/topics/new/", {**form, "key": "k2"}).status_code == 403
    assert forum.topics.count() == 1
    assert forum.topics.count() == 1


def test_two_people_may_use_the_same_key(
    forum: Forum, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    client_for(nadia).post(f"/{forum.code}/topics/new/", {**WATER, "key": "k1"})
    client_for(theo).post(f"/{forum.code}/topics/new/", {"title": "Un autre", "key": "k1"})
    assert forum.topics.count() == 2


@LANGUAGES
@pytest.mark.parametrize(
    ("title", "msgid"),
    [
        ("   ", "A topic needs a title."),
        ("rafraîchir nos COURS d’école", "This very topic is already on the board, as number {number}."),
    ],
)
def test_a_refused_title_gives_its_reason_and_keeps_the_text(
    forum: Forum, nadia: Participant, topic: Topic, client_for: ClientFor, title: str, msgid: str, language: str
) -> None:
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"/{forum.code}/topics/new/", {"title": title, "description": "Trois lignes à garder"})
    assert response.status_code == 422
    assert translated(msgid, language, number=1) in text_of(response)
    assert "Trois lignes à garder</textarea>" in text_of(response)
    assert forum.topics.count() == 1


@LANGUAGES
def test_an_over_long_title_says_how_long_it_may_be_and_keeps_all_of_it(
    forum: Forum, nadia: Participant, client_for: ClientFor, language: str
) -> None:
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"/{forum.code}/topics/new/", {"title": "é" * 201})
    assert response.status_code == 422
    assert "200" in text_of(response).split("errorlist")[1].split("</ul>")[0]
    assert "é" * 201 in text_of(response)


@LANGUAGES
def test_a_proposal_that_comes_too_late_says_when_it_was_possible_and_keeps_the_text(
    forum: Forum, nadia: Participant, client_for: ClientFor, language: str
) -> None:
    move(forum, Phase.CLOSING)
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"/{forum.code}/topics/new/", WATER)
    assert response.status_code == 403
    assert translated("Marketplace", language) in text_of(response)
    assert translated("Closing plenary", language) in text_of(response)
    assert "Sept arrêtés en un été.</textarea>" in text_of(response)


@LANGUAGES
def test_a_strangers_proposal_is_not_taken_but_not_lost_either(
    forum: Forum, client_for: ClientFor, language: str
) -> None:
    client = client_for(None)
    client.cookies["django_language"] = language
    response = client.post(f"/{forum.code}/topics/new/", WATER)
    assert response.status_code == 403
    reason = "This browser has not joined the forum, or has left it. Join it, then send again: nothing is lost."
    assert translated(reason, language) in text_of(response)
    assert "Sept arrêtés en un été.</textarea>" in text_of(response)
    assert forum.topics.count() == 0


def test_a_title_is_text_whatever_it_looks_like(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    client = client_for(nadia)
    client.post(f"/{forum.code}/topics/new/", {"title": "<script>alert(1)</script>"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in client.get(f"/{forum.code}/").content.decode()


def test_similar_titles_are_pointed_out_while_typing(
    forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    near = text_of(client.get(f"/{forum.code}/topics/alike/", {"title": "cours d’école à rafraîchir"}))
    far = text_of(client.get(f"/{forum.code}/topics/alike/", {"title": "Vélos et trains"}))
    assert (topic.get_absolute_url() in near, far.strip()) == (True, "")


def test_only_the_convener_and_facilitators_edit(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    where = f"{topic.get_absolute_url()}edit/"
    assert client_for(theo).post(where, WATER).status_code == 403
    assert client_for(nadia).post(where, WATER).status_code == 302
    assert Topic.objects.get().title == WATER["title"]
    client_for(camille).post(where, {**WATER, "convener": theo.pk})
    assert Topic.objects.get().convener == theo


def test_a_withdrawn_topic_leaves_the_board_and_frees_its_cell_until_it_comes_back(
    forum: Forum, topic: Topic, group: Group, nadia: Participant, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    client.post(f"{topic.get_absolute_url()}withdraw/")
    group.refresh_from_db()
    assert (group.slot, group.place, topic.title in text_of(client.get(f"/{forum.code}/"))) == (None, None, False)
    client.post(f"{topic.get_absolute_url()}back/")
    assert topic.title in text_of(client.get(f"/{forum.code}/"))


@LANGUAGES
def test_nothing_more_is_done_to_a_withdrawn_topic(
    forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor, language: str
) -> None:
    topic.withdraw(Actor(nadia))
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"{topic.get_absolute_url()}interest/", {"going": "yes"})
    assert (response.status_code, translated("This topic was withdrawn.", language) in text_of(response)) == (403, True)


def test_a_facilitator_says_for_someone_that_they_are_going(
    forum: Forum, topic: Topic, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    client_for(camille).post(f"{topic.get_absolute_url()}interest/", {"going": "yes", "participant": theo.pk})
    assert [interest.participant for interest in topic.interests.all()] == [theo]


def test_a_participant_speaks_only_for_themselves(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    client_for(theo).post(f"{topic.get_absolute_url()}interest/", {"going": "yes", "participant": nadia.pk})
    assert [interest.participant for interest in topic.interests.all()] == [theo]


def test_an_interest_said_twice_counts_once(
    forum: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    client = client_for(theo)
    for _ in range(2):
        client.post(f"{topic.get_absolute_url()}interest/", {"going": "yes"})
    assert topic.interests.count() == 1
    client.post(f"{topic.get_absolute_url()}interest/", {"going": "no"})
    assert topic.interests.count() == 0


def test_a_button_pressed_on_a_live_page_answers_with_words_when_it_is_too_late(
    forum: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    move(forum, Phase.CLOSING)
    response = client_for(theo).post(
        f"{topic.get_absolute_url()}interest/", {"going": "yes"}, headers={"hx-request": "true"}
    )
    assert (response.status_code, "say" in response.headers["HX-Trigger"]) == (403, True)
