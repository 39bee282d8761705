"""Rules on what a receiver drops, refuses or alters although the format allows it.

The roster's own data never change by them. What is certain and has to be put right is a warning;
what the documents do not say for sure, and what is lost without anybody's fault, is information.
"""

from cartable.rules.receivers import apple_school_manager, google_classroom, microsoft365, oneroster
from cartable.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *microsoft365.RULES,
    *google_classroom.RULES,
    *oneroster.RULES,
    *apple_school_manager.RULES,
)
