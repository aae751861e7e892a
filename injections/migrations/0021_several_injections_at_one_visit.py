"""One to three injections at one visit: those after the first, no more than two, of an area and side of their own.

The constraints are SQL: what is compared is the area of a site, which may stand inside of `further`.
"""

from django.db import migrations, models


def _place(site: str, side: str) -> str:
    """SQL: the area and side, of these expressions; null where they are."""
    of_tendon = f"{site} IN ('hamstring-origin', 'ischiogluteal-bursa')"
    return f"(CASE WHEN {of_tendon} THEN 'ischial-tuberosity' ELSE {site} END || ' ' || {side})"


_FIRST = _place("site", "side")
_SECOND, _THIRD = (_place(f"(further->{number}->>'site')", f"(further->{number}->>'side')") for number in (0, 1))
_AT_MOST_THREE = """
ALTER TABLE injections_injectionrequest ADD CONSTRAINT at_most_three_injections CHECK (
  jsonb_typeof(further) = 'array' AND jsonb_array_length(further) <= 2
  AND NOT jsonb_path_exists(further, '$[*] ? (!exists(@.site) || !exists(@.side) || !exists(@.targets))'))
"""
_EACH_PLACE_ONCE = f"""
ALTER TABLE injections_injectionrequest ADD CONSTRAINT each_place_once CHECK (
  coalesce({_FIRST} <> {_SECOND}, true) AND coalesce({_FIRST} <> {_THIRD}, true) AND coalesce({_SECOND} <> {_THIRD}, true))
"""
_DROP = "ALTER TABLE injections_injectionrequest DROP CONSTRAINT {}"


class Migration(migrations.Migration):
    dependencies = [("injections", "0020_how_it_is_before_and_after")]

    operations = [
        migrations.AddField(model_name="injectionrequest", name="further", field=models.JSONField(default=list)),
        migrations.RunSQL(_AT_MOST_THREE, _DROP.format("at_most_three_injections")),
        migrations.RunSQL(_EACH_PLACE_ONCE, _DROP.format("each_place_once")),
    ]
