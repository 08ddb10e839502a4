//! A policy that an admin has sent, while it is checked and put on the disk.
//!
//! That is done on a thread that may wait, and goes on to its end whatever becomes of the lane: what is on the disk then is what is in
//! force. The lane handles nothing else until it is done, and goes on telling.

use std::sync::Arc;

use frontdesk_desk::policy::Draft;
use frontdesk_desk::time::Now;
use frontdesk_engine::{Accepted, Link};
use frontdesk_proto::v1::Code;
use tokio::task::{JoinHandle, spawn_blocking};

use super::Lane;
use crate::border::Refused;

/// One policy.
pub(super) struct Replacing {
    number: u32,
    request: u32,
    link: Link,
    done: JoinHandle<Result<Accepted, Refused>>,
}

/// What became of it; never, if there is none.
pub(super) async fn done(replacing: &mut Option<Replacing>) -> Result<Accepted, Refused> {
    match replacing {
        None => std::future::pending().await,
        Some(replacing) => (&mut replacing.done).await.unwrap_or_else(|_| Err(broken())),
    }
}

fn broken() -> Refused {
    let message = "the broker failed while it put the policy in force; read which one is";
    Refused::new(Code::NotKept, "policy", message)
}

impl Lane {
    /// Begins to put a policy in force.
    pub(super) fn replace_policy(
        &mut self,
        number: u32,
        request: u32,
        link: Link,
        (draft, made_from): (Draft, u64),
        now: Now,
    ) -> Result<(), Refused> {
        let connection = Arc::clone(&self.connection);
        // Whoever takes over may have read the data folder already.
        connection.service.takes_new()?;
        connection.tenant.buckets.take_policy(now).map_err(|wait| wait.refused("policies"))?;
        let done = spawn_blocking(move || {
            connection.service.replace_policy(&connection.tenant, link, draft, made_from)
        });
        self.replacing = Some(Replacing { number, request, link, done });
        Ok(())
    }

    /// Answers.
    pub(super) fn replaced(&mut self, done: Result<Accepted, Refused>) {
        let Some(Replacing { number, request, link, .. }) = self.replacing.take() else { return };
        // Nothing follows on a link that has ended.
        if self.links.number_of(link.id) != Some(number) {
            return;
        }
        match done {
            Ok(accepted) => self.accepted(number, request, accepted),
            Err(refused) => {
                let now = self.connection.service.now();
                self.refuse(number, request, refused, now);
            }
        }
    }
}
