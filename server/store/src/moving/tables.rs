//! What goes over: each table with its columns, parents before their children.

/// A table that is on both sides under one name.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// By which columns SQLite is read in order: those of its primary key.
    pub(crate) key: &'static [&'static str],
    /// The columns of PostgreSQL, and where they come from.
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// What a column of PostgreSQL is, and where it comes from: the column of the same name, or
/// the natural id of the row that SQLite refers to by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    Bytes,
    Big,
    Int,
    Small,
    Bool,
    ShopNumber,
    ConversationNumber,
    ChannelNumber,
}

use Kind::{Big, Bool, Bytes, ChannelNumber, ConversationNumber, Int, ShopNumber, Small, Text, Uuid};

/// All but `checks` and `copies`, which say something of their own database only.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "shops",
        key: &["shop"],
        columns: &[("id", Text), ("name", Text), ("owner", Text), ("added_at", Big)],
    },
    Table {
        name: "sites",
        key: &["shop", "origin"],
        columns: &[("shop", ShopNumber), ("origin", Text), ("place", Int), ("seen_at", Big)],
    },
    Table {
        name: "links",
        key: &["code"],
        columns: &[("code", Bytes), ("shop", ShopNumber), ("until", Big)],
    },
    Table {
        name: "sessions",
        key: &["id"],
        columns: &[
            ("id", Uuid),
            ("token", Bytes),
            ("shop", ShopNumber),
            ("device", Text),
            ("began_at", Big),
            ("seen_at", Big),
        ],
    },
    Table {
        name: "conversations",
        key: &["conversation"],
        columns: &[
            ("id", Uuid),
            ("shop", ShopNumber),
            ("last_seq", Big),
            ("last_at", Big),
            ("last_side", Small),
            ("waiting_since", Big),
            ("closed", Bool),
            ("unread", Big),
            ("visitor_handed", Big),
            ("visitor_opened", Big),
            ("owner_handed", Big),
            ("owner_opened", Big),
            ("secret", Bytes),
            ("link_secret", Bytes),
            ("began_at", Big),
            ("name", Text),
            ("locale", Text),
            ("time_zone", Text),
            ("page_url", Text),
            ("page_title", Text),
        ],
    },
    Table {
        name: "messages",
        key: &["message"],
        columns: &[
            ("conversation", ConversationNumber),
            ("id", Uuid),
            ("seq", Big),
            ("at", Big),
            ("side", Small),
            ("system", Bool),
            ("body", Text),
        ],
    },
    Table {
        name: "pictures",
        key: &["picture"],
        columns: &[
            ("id", Uuid),
            ("conversation", ConversationNumber),
            ("seq", Big),
            ("place", Int),
            ("width", Big),
            ("height", Big),
            ("kind", Text),
            ("bytes", Bytes),
        ],
    },
    Table {
        name: "visits",
        key: &["conversation", "url"],
        columns: &[("conversation", ConversationNumber), ("url", Text), ("title", Text), ("at", Big)],
    },
    Table {
        name: "channels",
        key: &["channel"],
        columns: &[
            ("id", Uuid),
            ("shop", ShopNumber),
            ("conversation", ConversationNumber),
            ("kind", Text),
            ("label", Text),
            ("target", Text),
            ("far", Text),
            ("place", Big),
            ("added_at", Big),
            ("wait_minutes", Big),
            ("only_outside", Bool),
            ("quiet_from", Big),
            ("quiet_to", Big),
            ("quiet_zone", Text),
            ("failures", Big),
            ("failing_since", Big),
            ("sick_since", Big),
            ("told_since", Big),
            ("gone", Bool),
            ("reason", Text),
            ("handed_at", Big),
            ("not_before", Big),
            ("next_at", Big),
        ],
    },
    Table {
        name: "deliveries",
        key: &["conversation", "seq", "channel"],
        columns: &[
            ("conversation", ConversationNumber),
            ("seq", Big),
            ("channel", ChannelNumber),
            ("state", Small),
            ("doubtful", Bool),
            ("since", Big),
            ("due_at", Big),
            ("tries", Big),
            ("ended_at", Big),
            ("reason", Text),
        ],
    },
    Table {
        name: "threads",
        key: &["channel", "conversation"],
        columns: &[
            ("channel", ChannelNumber),
            ("conversation", ConversationNumber),
            ("memo", Text),
            ("handed_at", Big),
        ],
    },
    Table {
        name: "far_references",
        key: &["kind", "key"],
        columns: &[
            ("kind", Text),
            ("key", Text),
            ("channel", ChannelNumber),
            ("conversation", ConversationNumber),
            ("seq", Big),
            ("said", Bool),
            ("at", Big),
        ],
    },
    Table {
        name: "notes",
        key: &["kind", "name"],
        columns: &[("kind", Text), ("name", Text), ("note", Text)],
    },
    Table {
        name: "heard",
        key: &["external"],
        columns: &[("external", Bytes), ("conversation", Uuid), ("message", Uuid), ("at", Big)],
    },
    Table {
        name: "held",
        key: &["id"],
        columns: &[
            ("id", Uuid),
            ("channel", ChannelNumber),
            ("shop", ShopNumber),
            ("conversation", ConversationNumber),
            ("external", Bytes),
            ("sender", Text),
            ("reason", Text),
            ("body", Text),
            ("at", Big),
        ],
    },
    Table {
        name: "held_pictures",
        key: &["picture"],
        columns: &[
            ("held", Uuid),
            ("place", Int),
            ("id", Uuid),
            ("width", Big),
            ("height", Big),
            ("kind", Text),
            ("bytes", Bytes),
        ],
    },
    Table {
        name: "link_codes",
        key: &["code"],
        columns: &[("code", Bytes), ("shop", ShopNumber), ("until", Big)],
    },
    Table {
        name: "restores",
        key: &["restore"],
        columns: &[("epoch", Big), ("copied_at", Big), ("restored_at", Big)],
    },
];
