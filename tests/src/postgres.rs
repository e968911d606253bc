//! A PostgreSQL database of one's own, in the cluster that `ops/test` started or in this process's.

use anyhow::Context;
use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::cluster::Cluster;

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct PostgresDatabase {
    /// A URL of another database of the cluster, as superuser.
    admin: String,
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// Makes a database in the cluster that `KYSO_TEST_POSTGRES` names, or in one of this process's
    /// own; `None` if the machine has no PostgreSQL.
    ///
    /// # Errors
    /// If the cluster is named but cannot be reached.
    pub fn create() -> anyhow::Result<Option<Self>> {
        let name = fresh_name();
        let (admin, url) = match named() {
            Some(admin) => {
                let server = admin.rsplit_once('/').map_or("", |(server, _)| server);
                let url = format!("{server}/{name}");
                (admin, url)
            }
            None => match Cluster::shared() {
                Ok(cluster) => (cluster.url("postgres"), cluster.url(&name)),
                Err(_) => return Ok(None),
            },
        };
        let database = Self { admin, name, url };
        database.administer(&format!(
            "CREATE DATABASE {} TEMPLATE template0",
            database.name
        ))?;
        Ok(Some(database))
    }

    /// How to reach it, as superuser.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// A copy of it as it is now; nobody may be connected to it.
    ///
    /// # Errors
    /// If somebody is.
    pub fn copied(&self) -> anyhow::Result<Self> {
        let name = fresh_name();
        let copy = Self {
            admin: self.admin.clone(),
            url: self.url.replace(&self.name, &name),
            name,
        };
        self.administer(&made_like(&copy, self))?;
        Ok(copy)
    }

    /// Makes it what this copy is, as one who puts a backup back; nobody may be connected to the copy.
    ///
    /// # Errors
    /// If somebody is.
    pub fn set_back(&self, copy: &Self) -> anyhow::Result<()> {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name))?;
        self.administer(&made_like(self, copy))
    }

    fn administer(&self, sql: &str) -> anyhow::Result<()> {
        let mut connection = PgConnection::establish(&self.admin).context("the cluster")?;
        diesel::sql_query(sql).execute(&mut connection)?;
        Ok(())
    }
}

fn made_like(new: &PostgresDatabase, old: &PostgresDatabase) -> String {
    format!("CREATE DATABASE {} TEMPLATE {}", new.name, old.name)
}

fn fresh_name() -> String {
    format!("kyso_{}", uuid::Uuid::now_v7().simple())
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let _ = self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks what the machine has"
)]
fn named() -> Option<String> {
    std::env::var("KYSO_TEST_POSTGRES").ok()
}
