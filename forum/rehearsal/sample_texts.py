"""Invented names and texts of a rehearsal, in French."""

from random import Random

FIRST_NAMES = (
    "Awa", "Bastien", "Chloé", "Djamel", "Élodie", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Karim", "Léa",
    "Mathis", "Nadia", "Oscar", "Pauline", "Quentin", "Rosa", "Samir", "Théo", "Ursula", "Victor", "Wassila", "Yann",
    "Zoé",
)  # fmt: skip
NAMES = (
    "Blondel", "Caron", "Delattre", "Fontaine", "Godin", "Hennebelle", "Lefebvre", "Masson", "Petit", "Vasseur",
)  # fmt: skip
ORGANISATIONS = ("Commune inventée", "Association d’essai", "Entreprise fictive", "Syndicat imaginaire")
TOPICS = (
    "Comment rafraîchir nos cours d’école ?",
    "Que faire de l’eau de pluie ?",
    "Comment parler du climat sans faire peur ?",
    "Qui peut financer la rénovation des maisons ?",
    "Comment aller au travail sans voiture ?",
    "Que mange-t-on dans nos cantines ?",
    "Comment associer les habitants dès le début ?",
    "Comment travailler avec les entreprises voisines ?",
)
SENTENCES = (
    "Les écoles sont prêtes à essayer dès le printemps.",
    "Il manque surtout une personne pour suivre le projet.",
    "Deux communes l’ont déjà fait : allons les voir ensemble.",
    "Le budget existe, mais il est dispersé entre plusieurs services.",
    "On pourrait commencer petit, puis montrer ce qui marche.",
    "Nous ne sommes pas d’accord sur le calendrier.",
)
WORDS = (
    "Merci, on repart avec des idées.",
    "J’ai rencontré des gens que je ne connaissais pas.",
    "À refaire l’an prochain.",
    "Une journée qui donne de l’élan.",
)

random = Random(2019)  # noqa: S311 - nothing secret is drawn


def name(rank: int) -> str:
    """Return the name of the participant with this rank, different for each."""
    return f"{FIRST_NAMES[rank % len(FIRST_NAMES)]} {random.choice(NAMES)} {rank + 1}"


def title(rank: int, run: str) -> str:
    """Return the title of a topic. The run keeps it apart from those of an earlier rehearsal."""
    return f"{TOPICS[rank % len(TOPICS)]} (essai {run}, {rank + 1})"


def text(sentences: int) -> str:
    """Return a text of random sentences."""
    return " ".join(random.choice(SENTENCES) for _ in range(sentences))
