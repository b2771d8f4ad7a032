"""Create a forum in FORUM_DATA for a benchmark: `python -m tests.bench.forums.marketplace`.

Prints a JSON object: the code and the revision of the forum, the cookies of its participants and of its facilitator.
"""

import argparse
import json
import os

import django

from tests.bench.forums.access import give_access

TITLES = (
    "Rafraîchir nos cours d’école",
    "L’eau en août : qui ferme le robinet ?",
    "Apprendre à réparer plutôt qu’à jeter",
    "Des trains le dimanche soir",
    "Accueillir sans attendre le plan d’urgence",
    "Qui garde les enfants pendant ce temps ?",
)
NAMES = ("Nadia Ferrand", "Théo Masson", "Élodie Carpentier", "Karim Benali", "Zoé Lefebvre", "Denis Wattel")


def create_marketplace(people: int, topics: int) -> dict[str, object]:
    """Create a forum on its marketplace, with people and their topics."""
    from django.core.management import call_command

    from forum.models import Actor, Facilitator, Forum, Participant, Topic
    from forum.phases import Phase

    call_command("migrate", interactive=False, verbosity=0)
    forum = Forum.objects.create(
        title="Rencontre annuelle",
        question="Quelles coopérations pour accélérer les transitions ?",
        venue="Arras",
        phase=Phase.MARKETPLACE,
        organisers="Ville d’Arras",
    )
    facilitator = Facilitator.create("Camille Dufour")[0]
    forum.facilitators.add(facilitator)
    participants = Participant.objects.bulk_create(
        Participant(forum=forum, name=f"{NAMES[n % len(NAMES)]} {n}", organisation="Commune d’Arras")
        for n in range(people)
    )
    for n in range(topics):
        title = TITLES[n % len(TITLES)] + ("" if n < len(TITLES) else f" ({n})")
        convener = participants[n % len(participants)]
        Topic.propose(forum, title, "Avant l’été.", convener, Actor(convener))
    return give_access(forum, participants, facilitator)


def create_rehearsal(slots: int, places: int) -> dict[str, object]:
    """Create an empty forum that is marked as a rehearsal, and return the secret of its facilitator's link."""
    from datetime import time

    from django.core.management import call_command

    from forum.models import Facilitator, Forum, Place, Slot

    call_command("migrate", interactive=False, verbosity=0)
    forum = Forum.objects.create(
        title="Répétition", question="Quelles coopérations pour accélérer les transitions ?", is_rehearsal=True
    )
    facilitator, secret = Facilitator.create("Camille Dufour")
    forum.facilitators.add(facilitator)
    for n in range(slots):
        Slot.objects.create(forum=forum, starts_at=time(10 + n), minutes=50)
    for n in range(places):
        Place.objects.create(forum=forum, name=f"Salle {n + 1}", seats=(12, 20, 30, None)[n % 4], position=n)
    return {"code": forum.code, "secret": secret}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--topics", type=int, default=0)
    parser.add_argument("--rehearsal", type=int, nargs=2, metavar=("SLOTS", "PLACES"), help="an empty forum instead")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    django.setup()
    print(
        json.dumps(
            create_rehearsal(*options.rehearsal)
            if options.rehearsal
            else create_marketplace(options.people, options.topics)
        )
    )
