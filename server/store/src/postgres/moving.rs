//! The side that a move writes, and reads back.

use std::pin::pin;

use deadpool_postgres::{Client, GenericClient, Pool};
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{FromSql, ToSql, Type};
use uuid::Uuid;

use super::rows::{Columns as _, Fault, Result};
use super::{pool, schema};
use crate::moving::{Batch, Kind, Sum, TABLES, Table, Value};
use crate::{StoreError, Synchronous, limits};

/// The database that is filled.
pub(crate) struct Target {
    pool: Pool,
    db: Client,
}

/// What is noted of a table.
#[derive(Debug)]
pub(crate) struct Begun {
    /// What it has to add up to.
    pub(crate) sum: Sum,
    /// So many rows are here.
    pub(crate) moved: i64,
    /// The key of the last one.
    pub(crate) reached: Option<Vec<u8>>,
    /// Whether it was found to be the same.
    pub(crate) same: bool,
}

impl Target {
    /// Connects to it, and brings its schema up to date.
    pub(crate) async fn open(url: &str) -> std::result::Result<Self, StoreError> {
        let pool = pool::pool(url, Synchronous::Full, limits::POSTGRES_CONNECTIONS)?;
        let mut db = pool::connection(&pool).await?;
        schema::migrate(&mut db).await?;
        // A whole table is read back by one statement.
        db.batch_execute("SET statement_timeout = 0").await.map_err(Fault::from)?;
        Ok(Self { pool, db })
    }

    /// Begins a move, or finds what is noted of the one that was begun; by table, in their order.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the database holds what did not come by a move.
    pub(crate) async fn begin(&mut self, sums: &[Sum]) -> std::result::Result<Vec<Begun>, StoreError> {
        let work = self.db.transaction().await.map_err(Fault::from)?;
        // Of two that begin at once one waits, and finds the other's.
        work.execute("LOCK TABLE moving", &[]).await.map_err(Fault::from)?;
        let none = work.query_opt("SELECT FROM moving LIMIT 1", &[]).await.map_err(Fault::from)?.is_none();
        if none {
            if let Some(what) = held(&work).await? {
                return Err(StoreError::Unreadable(format!(
                    "The PostgreSQL database is in use already: {what}. Give the move an empty database of \
                     its own, on which no relay has been started yet."
                )));
            }
            let sql = "INSERT INTO moving (name, rows, checksum) VALUES ($1, $2, $3)";
            for (table, sum) in TABLES.iter().zip(sums) {
                let noted = work.execute(sql, &[&table.name, &sum.rows, &&sum.checksum[..]]).await;
                noted.map_err(Fault::from)?;
            }
        }
        work.commit().await.map_err(Fault::from)?;
        let mut begun = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            begun.push(self.begun(table).await?);
        }
        Ok(begun)
    }

    /// What is noted of a table.
    pub(crate) async fn begun(&self, table: &Table) -> std::result::Result<Begun, StoreError> {
        let sql = "SELECT rows, checksum, moved, reached, same FROM moving WHERE name = $1";
        let row = self.db.query_opt(sql, &[&table.name]).await.map_err(Fault::from)?;
        let row = row.ok_or_else(|| {
            StoreError::Unreadable(format!(
                "The move into the PostgreSQL database was begun by another version of Shopbell, which did \
                 not move {}. Finish it with that version, or give an empty database.",
                table.name
            ))
        })?;
        let read = || -> Result<Begun> {
            let checksum: &[u8] = row.cell(1)?;
            let checksum = checksum.try_into().map_err(|_| Fault::Odd("a checksum is too short or long"))?;
            Ok(Begun {
                sum: Sum { rows: row.cell(0)?, checksum },
                moved: row.cell(2)?,
                reached: row.cell(3)?,
                same: row.cell(4)?,
            })
        };
        Ok(read()?)
    }

    /// Takes rows over, together with how far that is, or nothing of it. False when there are no
    /// longer as many as were there before: what was sent last had come through after all.
    pub(crate) async fn take(
        &mut self,
        table: &Table,
        before: i64,
        batch: &Batch,
    ) -> std::result::Result<bool, StoreError> {
        Ok(take(&mut self.db, table, before, batch).await?)
    }

    /// What a table adds up to, as it is read back.
    pub(crate) async fn sum(&self, table: &Table) -> std::result::Result<Sum, StoreError> {
        Ok(sum(&self.db, table).await?)
    }

    /// The move is done: relays may start.
    pub(crate) async fn finish(&mut self) -> std::result::Result<(), StoreError> {
        let work = self.db.transaction().await.map_err(Fault::from)?;
        // Else the first questions of a relay are planned as if the tables were empty.
        work.batch_execute("ANALYZE").await.map_err(Fault::from)?;
        work.execute("UPDATE moving SET same = true", &[]).await.map_err(Fault::from)?;
        Ok(work.commit().await.map_err(Fault::from)?)
    }

    /// Ends the connection.
    pub(crate) fn close(self) {
        drop(self.db);
        self.pool.close();
    }
}

/// A relay that worked beside a move would change what is compared, and show people half of
/// what they said.
pub(super) async fn refuse_unfinished(db: &impl GenericClient) -> std::result::Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT FROM moving WHERE NOT same)";
    let unfinished: bool = db.query_one(sql, &[]).await.map_err(Fault::from)?.get(0);
    if !unfinished {
        return Ok(());
    }
    Err(StoreError::Unreadable(
        "A move into this database has not been finished. Run `shopbell migrate` again, which goes on where \
         it was."
            .into(),
    ))
}

/// What the database holds that no move has brought, if it does.
async fn held(db: &impl GenericClient) -> Result<Option<String>> {
    for table in TABLES {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let rows: i64 = db.query_one(&sql, &[]).await?.cell(0)?;
        if rows > 0 {
            return Ok(Some(format!("it holds {rows} {}", table.name.replace('_', " "))));
        }
    }
    let worked = db.query_opt("SELECT FROM relay_key", &[]).await?.is_some();
    Ok(worked.then(|| "a relay has worked on it".into()))
}

async fn take(db: &mut Client, table: &Table, before: i64, batch: &Batch) -> Result<bool> {
    let rows = i64::try_from(batch.rows.len()).map_err(|_| Fault::Odd("a batch is too large"))?;
    let work = db.transaction().await?;
    // First of all: it waits for a batch that is being committed, and then finds it done.
    let sql =
        "UPDATE moving SET moved = moved + $3, reached = $4 WHERE name = $1 AND moved = $2 AND NOT same";
    if work.execute(sql, &[&table.name, &before, &rows, &batch.reached]).await? == 0 {
        return Ok(false);
    }
    let sink = work.copy_in(&format!("COPY {} ({}) FROM STDIN BINARY", table.name, columns(table))).await?;
    let types: Vec<Type> = table.columns.iter().map(|(_, kind)| sql_type(*kind)).collect();
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in &batch.rows {
        let row: Vec<&(dyn ToSql + Sync)> =
            row.iter().zip(table.columns).map(|(value, (_, kind))| sql_value(value, *kind)).collect();
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    work.commit().await?;
    Ok(true)
}

async fn sum(db: &Client, table: &Table) -> Result<Sum> {
    let sql = format!("SELECT {} FROM {}", columns(table), table.name);
    let nothing: [&(dyn ToSql + Sync); 0] = [];
    let mut rows = pin!(db.query_raw(&sql, nothing).await?);
    let mut sum = Sum::default();
    while let Some(row) = rows.try_next().await? {
        let values: Result<Vec<Value>> =
            table.columns.iter().enumerate().map(|(place, (_, kind))| value(&row, place, *kind)).collect();
        sum.add(&values?);
    }
    Ok(sum)
}

fn columns(table: &Table) -> String {
    let names: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn sql_type(kind: Kind) -> Type {
    match kind {
        Kind::Uuid | Kind::ConversationNumber | Kind::ChannelNumber => Type::UUID,
        Kind::Text | Kind::ShopNumber => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
        Kind::Big => Type::INT8,
        Kind::Int => Type::INT4,
        Kind::Small => Type::INT2,
        Kind::Bool => Type::BOOL,
    }
}

/// A value as the driver takes it. One that is none has to be of the column's kind too.
fn sql_value(value: &Value, kind: Kind) -> &(dyn ToSql + Sync) {
    match value {
        Value::Uuid(id) => id,
        Value::Text(text) => text,
        Value::Bytes(bytes) => bytes,
        Value::Big(number) => number,
        Value::Int(number) => number,
        Value::Small(number) => number,
        Value::Bool(is) => is,
        Value::None => match kind {
            Kind::Uuid | Kind::ConversationNumber | Kind::ChannelNumber => &None::<Uuid>,
            Kind::Text | Kind::ShopNumber => &None::<String>,
            Kind::Bytes => &None::<Vec<u8>>,
            Kind::Big => &None::<i64>,
            Kind::Int => &None::<i32>,
            Kind::Small => &None::<i16>,
            Kind::Bool => &None::<bool>,
        },
    }
}

fn value(row: &Row, place: usize, kind: Kind) -> Result<Value> {
    fn or_none<'a, T: FromSql<'a>>(row: &'a Row, place: usize, some: fn(T) -> Value) -> Result<Value> {
        Ok(row.cell::<Option<T>>(place)?.map_or(Value::None, some))
    }
    match kind {
        Kind::Uuid | Kind::ConversationNumber | Kind::ChannelNumber => or_none(row, place, Value::Uuid),
        Kind::Text | Kind::ShopNumber => or_none(row, place, Value::Text),
        Kind::Bytes => or_none(row, place, Value::Bytes),
        Kind::Big => or_none(row, place, Value::Big),
        Kind::Int => or_none(row, place, Value::Int),
        Kind::Small => or_none(row, place, Value::Small),
        Kind::Bool => or_none(row, place, Value::Bool),
    }
}
