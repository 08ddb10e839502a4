//! Words to all agents. The lock is that of the tenant's floor.

use frontdesk_desk::floor::{Announced, AnnouncementWish};
use frontdesk_desk::id::AnnouncementId;
use frontdesk_desk::refusal::Refusal;

use crate::command::{Link, Reply};
use crate::turn::Turn;

impl Turn<'_> {
    pub(super) fn announce(
        &mut self,
        link: Link,
        wish: AnnouncementWish,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            let announced = books.floor.announce(agent, link.id, wish, now, fx)?;
            let Announced { id: announcement, wall_ms, duplicate } = announced;
            Ok(Reply::Announced { announcement, wall_ms, duplicate })
        })
    }

    pub(super) fn acknowledge_announcement(
        &mut self,
        link: Link,
        announcement: AnnouncementId,
    ) -> Result<Reply, Refusal> {
        self.on_floor(link, |books, agent, _, _| {
            books.floor.acknowledge_announcement(agent, announcement)?;
            Ok(Reply::Done)
        })
    }
}
