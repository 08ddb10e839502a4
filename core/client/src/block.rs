//! Shutting visitors out: what an agent's link does about it.

use std::time::Duration;

use frontdesk_proto::v1::{self, block_target::Who, command::Command, delivery::Reply};

use crate::error::RequestError;
use crate::link::AgentLink;

/// Whom a block shuts out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockTarget {
    /// One visitor, by its id, whether it is present or not.
    Visitor(String),
    /// Whoever is seen at an address of this network, as `192.0.2.7` or `2001:db8::/32`.
    Network(String),
}

impl BlockTarget {
    /// One visitor.
    pub fn visitor(id: impl Into<String>) -> Self {
        Self::Visitor(id.into())
    }

    /// An address, or a network with the length of its prefix.
    pub fn network(network: impl Into<String>) -> Self {
        Self::Network(network.into())
    }
}

impl From<BlockTarget> for v1::BlockTarget {
    fn from(target: BlockTarget) -> Self {
        let who = match target {
            BlockTarget::Visitor(visitor) => Who::Visitor(visitor),
            BlockTarget::Network(network) => Who::Network(network),
        };
        Self { who: Some(who) }
    }
}

impl AgentLink {
    /// Shuts somebody out, for a time (cut to whole milliseconds, 1 at least, at most ten years) or for good, and says why in at
    /// most 256 bytes. When the answer comes nobody it is meant for is attached any more. A block of the same target is replaced.
    ///
    /// # Errors
    /// [`RequestError`]; a network of more than one address is for supervisors, admins and gateways.
    pub async fn block(
        &self,
        target: BlockTarget,
        time: Option<Duration>,
        reason: impl Into<String>,
    ) -> Result<v1::Blocked, RequestError> {
        // 0 would be for good; what is too long is the broker's to refuse.
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        let block = v1::Block {
            target: Some(target.into()),
            for_ms: time.map_or(0, ms),
            reason: reason.into(),
        };
        match self.request(Command::Block(block)).await? {
            Reply::Blocked(blocked) => Ok(blocked),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Lifts the block of exactly this target.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unblock(&self, target: BlockTarget) -> Result<(), RequestError> {
        self.done(Command::Unblock(v1::Unblock { target: Some(target.into()) })).await
    }

    /// Reads the tenant's blocks after a target (`None`: from the first one on), at most `blocks` of them: 1 to 100, 0 for 100.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_blocks(
        &self,
        after: Option<BlockTarget>,
        blocks: u32,
    ) -> Result<v1::BlockPage, RequestError> {
        let read = v1::ReadBlocks { after: after.map(Into::into), blocks };
        match self.request(Command::ReadBlocks(read)).await? {
            Reply::BlockPage(page) => Ok(page),
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}
