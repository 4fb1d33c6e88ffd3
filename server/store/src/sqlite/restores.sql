-- When this database was copied: a row in a copy, none in what is in use.
CREATE TABLE copies (
    made_at INTEGER NOT NULL
) STRICT;

-- Each time that a copy was put back, and what may be missing since: whatever was said
-- between the two times. Devices that knew more go by the epoch.
CREATE TABLE restores (
    restore     INTEGER PRIMARY KEY,
    epoch       INTEGER NOT NULL UNIQUE,
    copied_at   INTEGER NOT NULL,
    restored_at INTEGER NOT NULL
) STRICT;
