"""Interests: the participants who said that they are going to a topic."""

from django.db import models


class Interest(models.Model):
    topic = models.ForeignKey("forum.Topic", models.CASCADE, related_name="interests")
    participant = models.ForeignKey("forum.Participant", models.CASCADE, related_name="interests")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "participant"], name="interested_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} → {self.topic_id}"
