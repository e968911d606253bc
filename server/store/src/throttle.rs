//! Guessing is slowed, not a named person locked out: waits grow for an account and a network,
//! and one cap a day holds over all networks but those from which the person proved the same factor lately. So
//! whoever uses the cap up, from however many networks, does not keep a leader out of their own office; and
//! whoever sits in that office has its waits, some hundred guesses a day.
//!
//! An attempt is counted, durably, before anything is compared: twenty guesses at once are twenty
//! attempts, whichever finishes first. Each factor has counts of its own, and proving one takes back
//! that attempt and its network's waits only: whoever knows a password gets no more guesses at the
//! one-time password by logging in between them.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::journal::JournalError;

use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::journal::JournalHandle;
use crate::schema::throttle;
use crate::writer::tx::Tx;

/// Attempts that cost no wait: people mistype.
const FREE: i64 = 3;

/// The first wait; each further attempt doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// The longest wait for one account and network.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// After so long without an attempt the count begins anew.
const FORGET: Duration = Duration::from_hours(24);

/// Attempts on one account over all networks in a day. A million codes and three valid at a time:
/// a hundred guesses a day find one in 3,300 days on average.
const DAILY_CAP: i64 = 100;

/// First one-time passwords tried on one enrolment code, ever: whoever holds the code sees them.
const ENROLMENT_CAP: i64 = 10;

/// Counts of an enrolment are kept longer than any code lives.
const ENROLMENT_FORGET: Duration = Duration::from_hours(31 * 24);

/// The row that counts over all networks; no network is written so.
const ALL_NETWORKS: &str = "*";

/// Begins the name of a row that tells when the factor was proved from a network; no network begins so.
const FAMILIAR: &str = "+";

/// All such rows, as a pattern of SQL.
const ALL_FAMILIAR: &str = "+%";

/// A network is familiar for so long after the factor was proved from it.
const FAMILIAR_FOR: Duration = Duration::from_hours(30 * 24);

/// What an attempt tries to prove; each is counted for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// The first one-time password of a person who enrols; the account is the code's hash.
    Enrolment,
    /// A one-time password.
    Otp,
    /// A password.
    Password,
    /// A password for a name that nobody has, so that it waits like one that somebody has.
    UnknownName,
}

impl Factor {
    const ALL: [Self; 4] = [
        Self::Enrolment,
        Self::Otp,
        Self::Password,
        Self::UnknownName,
    ];

    /// Name in the table.
    const fn name(self) -> &'static str {
        match self {
            Self::Enrolment => "enrolment",
            Self::Otp => "otp",
            Self::Password => "password",
            Self::UnknownName => "unknown_name",
        }
    }

    /// After so long the count begins anew, and its row may go.
    const fn forget(self) -> Duration {
        match self {
            Self::Enrolment => ENROLMENT_FORGET,
            Self::Otp | Self::Password | Self::UnknownName => FORGET,
        }
    }

    /// Attempts over all networks until then.
    const fn cap(self) -> i64 {
        match self {
            Self::Enrolment => ENROLMENT_CAP,
            Self::Otp | Self::Password | Self::UnknownName => DAILY_CAP,
        }
    }
}

/// The network that attempts are counted under: an IPv4 address, or an IPv6 /64, since whoever
/// has one address of it has them all.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
    }
}

/// The network's name in the table; a call without an address is the machine's own.
fn name_of(source: Option<IpAddr>) -> String {
    source.map_or_else(|| "local".to_owned(), |ip| network_of(ip).to_string())
}

/// Whether an attempt may be compared now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes; it is counted.
    Allowed,
    /// No, and no more: the code that is enrolled with has had its attempts.
    Spent,
    /// No; not before this long.
    Wait(Duration),
}

#[derive(Queryable, Selectable, Insertable, AsChangeset, Clone, Debug)]
#[diesel(table_name = throttle, primary_key(account, factor, network))]
struct Count {
    account: Vec<u8>,
    factor: String,
    network: String,
    failures: i64,
    last_at: i64,
}

impl JournalHandle {
    /// Counts an attempt to prove something, durably, before it is compared; or says how long to
    /// wait, and counts nothing.
    ///
    /// `account` is a person's id, or a hash of a log-in name that nobody has, so that answers do
    /// not tell the two apart; `source` is the caller's address, counted as [`network_of`] groups it.
    ///
    /// # Errors
    /// If the journal cannot write: then nothing may be compared.
    pub async fn count_attempt(
        &self,
        account: &[u8],
        factor: Factor,
        source: Option<IpAddr>,
    ) -> Result<Attempt, JournalError> {
        let account = account.to_vec();
        let counted = self
            .run(move |tx| count(tx, &account, factor, source))
            .await;
        counted.map_err(ApplyError::into_journal)
    }

    /// Removes counts that are forgotten by now, and the oldest of invented names beyond
    /// `unknown_kept` rows; gives how many rows went. Rows of accounts that exist need no bound: each allowed
    /// attempt makes one at most, and the cap bounds those.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn purge_attempts(&self, unknown_kept: u32) -> Result<usize, JournalError> {
        self.run(move |tx| purge(tx, i64::from(unknown_kept)))
            .await
            .map_err(ApplyError::into_journal)
    }
}

fn purge(tx: &mut Tx<'_>, kept: i64) -> Result<usize, ApplyError> {
    let mut removed = 0;
    for factor in Factor::ALL {
        let forgotten = tx.now.before(factor.forget()).as_micros();
        removed += remove(tx, factor, forgotten)?;
    }
    removed += remove_unfamiliar(tx)?;
    let unknown = throttle::table.filter(throttle::factor.eq(Factor::UnknownName.name()));
    let first_beyond = unknown
        .select(throttle::last_at)
        .order(throttle::last_at.desc())
        .offset(kept);
    let first_beyond: Option<i64> = on_each!(&mut *tx.db, db => first_beyond.first(db).optional())?;
    match first_beyond {
        Some(last_at) => Ok(removed + remove(tx, Factor::UnknownName, last_at)?),
        None => Ok(removed),
    }
}

/// Removes what tells of networks from which nothing was proved for long.
fn remove_unfamiliar(tx: &mut Tx<'_>) -> Result<usize, ApplyError> {
    let since = tx.now.before(FAMILIAR_FOR).as_micros();
    let rows = throttle::table
        .filter(throttle::network.like(ALL_FAMILIAR))
        .filter(throttle::last_at.le(since));
    Ok(on_each!(&mut *tx.db, db => diesel::delete(rows).execute(db))?)
}

/// Removes a factor's counts of this time and older.
fn remove(tx: &mut Tx<'_>, factor: Factor, until: i64) -> Result<usize, ApplyError> {
    let rows = throttle::table
        .filter(throttle::factor.eq(factor.name()))
        .filter(throttle::network.not_like(ALL_FAMILIAR))
        .filter(throttle::last_at.le(until));
    Ok(on_each!(&mut *tx.db, db => diesel::delete(rows).execute(db))?)
}

/// Counts an attempt on an account from a network, or refuses it, uncounted, while a wait runs.
fn count(
    tx: &mut Tx<'_>,
    account: &[u8],
    factor: Factor,
    source: Option<IpAddr>,
) -> Result<Attempt, ApplyError> {
    let now = tx.now;
    let near = find(tx, account, factor, &name_of(source))?;
    let far = find(tx, account, factor, ALL_NETWORKS)?;
    let left = day_left(&far, factor, now);
    if factor == Factor::Enrolment && !left.is_zero() {
        return Ok(Attempt::Spent);
    }
    let left = if !left.is_zero() && is_familiar(tx, account, factor, source)? {
        Duration::ZERO
    } else {
        left
    };
    let wait = pause(&near, now).max(left);
    if !wait.is_zero() {
        return Ok(Attempt::Wait(wait));
    }
    write(tx, &near.next(factor, now))?;
    write(tx, &far.next_of_day(factor, now))?;
    Ok(Attempt::Allowed)
}

/// The person proved this factor: its waits on their network end. Of the day only the attempt that
/// was right is taken back; those that were wrong stay counted, whoever made them.
pub(crate) fn clear(
    tx: &mut Tx<'_>,
    account: &[u8],
    factor: Factor,
    source: Option<IpAddr>,
) -> Result<(), ApplyError> {
    let mut near = find(tx, account, factor, &name_of(source))?;
    if near.failures > 0 {
        near.failures = 0;
        write(tx, &near)?;
    }
    let mut far = find(tx, account, factor, ALL_NETWORKS)?;
    if far.failures > 0 {
        far.failures -= 1;
        write(tx, &far)?;
    }
    let mut familiar = find(tx, account, factor, &familiar(source))?;
    familiar.last_at = tx.now.as_micros();
    write(tx, &familiar)
}

/// Whether the factor was proved from this network not long ago.
fn is_familiar(
    tx: &mut Tx<'_>,
    account: &[u8],
    factor: Factor,
    source: Option<IpAddr>,
) -> Result<bool, ApplyError> {
    let proved = find(tx, account, factor, &familiar(source))?;
    Ok(proved.last_at > 0 && proved.age(tx.now) < FAMILIAR_FOR)
}

/// The name of the row that tells when the factor was proved from this network.
fn familiar(source: Option<IpAddr>) -> String {
    format!("{FAMILIAR}{}", name_of(source))
}

impl Count {
    fn next(self, factor: Factor, now: Timestamp) -> Self {
        let forgotten = self.age(now) >= factor.forget();
        let failures = if forgotten {
            1
        } else {
            self.failures.saturating_add(1)
        };
        Self {
            failures,
            last_at: now.as_micros(),
            ..self
        }
    }

    /// Over all networks `last_at` is the beginning of the day, which does not move.
    fn next_of_day(self, factor: Factor, now: Timestamp) -> Self {
        if self.failures == 0 || self.age(now) >= factor.forget() {
            return Self {
                failures: 1,
                last_at: now.as_micros(),
                ..self
            };
        }
        Self {
            failures: self.failures.saturating_add(1),
            ..self
        }
    }

    fn age(&self, now: Timestamp) -> Duration {
        now.since(Timestamp::from_micros(self.last_at))
    }
}

fn pause(count: &Count, now: Timestamp) -> Duration {
    let Ok(beyond) = u32::try_from(count.failures - FREE) else {
        return Duration::ZERO;
    };
    let factor = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX);
    let wait = FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT);
    wait.saturating_sub(count.age(now))
}

fn day_left(count: &Count, factor: Factor, now: Timestamp) -> Duration {
    if count.failures < factor.cap() {
        Duration::ZERO
    } else {
        factor.forget().saturating_sub(count.age(now))
    }
}

fn find(
    tx: &mut Tx<'_>,
    account: &[u8],
    factor: Factor,
    network: &str,
) -> Result<Count, ApplyError> {
    let row: Option<Count> = on_each!(&mut *tx.db, db => throttle::table
        .filter(throttle::account.eq(account))
        .filter(throttle::factor.eq(factor.name()))
        .filter(throttle::network.eq(network))
        .select(Count::as_select())
        .first(db).optional())?;
    let none = || Count {
        account: account.to_vec(),
        factor: factor.name().to_owned(),
        network: network.to_owned(),
        failures: 0,
        last_at: 0,
    };
    Ok(row.unwrap_or_else(none))
}

fn write(tx: &mut Tx<'_>, count: &Count) -> Result<(), ApplyError> {
    let row = throttle::table
        .filter(throttle::account.eq(count.account.clone()))
        .filter(throttle::factor.eq(count.factor.clone()))
        .filter(throttle::network.eq(count.network.clone()));
    let update = diesel::update(row).set((
        throttle::failures.eq(count.failures),
        throttle::last_at.eq(count.last_at),
    ));
    let updated = on_each!(&mut *tx.db, db => update.execute(db))?;
    if updated == 0 {
        let insert = diesel::insert_into(throttle::table).values(count);
        on_each!(&mut *tx.db, db => insert.execute(db))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_a_64() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            let found = network_of(address.parse().unwrap());
            assert_eq!(found, network.parse::<IpAddr>().unwrap());
        }
    }
}
