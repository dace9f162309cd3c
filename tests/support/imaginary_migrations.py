"""Migrations of an imaginary schema, to judge what ours have not come to yet: a second change of one table."""

from operations.migrate.migrations import Migration, Statement

TABLE_1 = ("table photos engine InnoDB collation utf8mb4_unicode_ci", "column id bigint unsigned not null")
TABLE_2 = (*TABLE_1, "column title varchar(255) null")
OTHER = ("table videos engine InnoDB collation utf8mb4_unicode_ci",)


def migration(version: str, up: str, down: str, before: tuple[str, ...], after: tuple[str, ...]) -> Migration:
    return Migration(
        version, f"change_{version}", Statement.parse(up, "up"), Statement.parse(down, "down"), before, after
    )


CREATE = migration("1", "CREATE TABLE photos (id BIGINT UNSIGNED);", "DROP TABLE photos;", (), TABLE_1)
ADD = migration(
    "2", "ALTER TABLE photos ADD title VARCHAR(255);", "ALTER TABLE photos DROP COLUMN title;", TABLE_1, TABLE_2
)
VIDEOS = migration("3", "CREATE TABLE videos (id INT);", "DROP TABLE videos;", (), OTHER)
ALL = [CREATE, ADD, VIDEOS]
