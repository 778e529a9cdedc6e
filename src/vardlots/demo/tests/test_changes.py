"""What the invented heads of unit have changed is saved as anybody's change is, each at its time."""

from vardlots.configuration import queries
from vardlots.demo.changes import changed, load_changes, make_changes
from vardlots.demo.organisation import load_organisation
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database


async def test_the_history_of_the_demonstration(fresh_database_url: str) -> None:
    database = await Database.connect(fresh_database_url, most=4)
    try:
        organisation = await load_organisation(database)
        assert await make_changes(database, organisation) == len(load_changes())
        async with database.transaction(NOBODY) as connection:
            key = str(organisation.units["angsviken"])
            provider_id = await connection.fetchval(
                "SELECT provider_id FROM unit WHERE unit_id = $1", organisation.units["angsviken"]
            )
            found = await queries.history(connection, provider_id, "escalation", key)
            waiting = await connection.fetchval(
                "SELECT count(*) FROM config_version WHERE starts_at > $1", clock.now()
            )
    finally:
        await database.close()
    assert [one.author_name for one in found] == ["Astrid Vassbo", "Petra Åsnäs", "Petra Åsnäs"]
    assert [(clock.now() - one.at).days for one in found] == [16, 44, 81]
    assert found[0].body["rows"][2]["step_2"] == 45
    assert waiting == 1


def test_a_value_is_set_as_deep_as_its_path_says() -> None:
    body = {"rows": [{"a": 1}, {"a": 2, "b": 3}], "text": "x"}
    assert changed(body, ["rows", "1", "a"], 9) == {"rows": [{"a": 1}, {"a": 9, "b": 3}], "text": "x"}
    assert changed(body, ["text"], "y")["text"] == "y"
