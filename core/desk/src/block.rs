//! Who is shut out of a tenant: by id or by network address, for a time or for good, with who did it and why.
//!
//! ```text
//!            block                the time is over, or unblock
//!   (none) ─────────▶ in force ──────────────────────────────▶ (none)
//!                      │    ▲
//!                      └────┘ block again: the new terms hold
//! ```
//!
//! This is the list only. It ends no link and no session: whoever changes it does that. A look costs one search for each length of
//! prefix that some block has, however many blocks there are.

pub mod network;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Bound;
use std::sync::Arc;

pub use network::{Network, NetworkFault};

use crate::id::{AgentId, VisitorId};
use crate::refusal::Refusal;
use crate::time::Now;
use network::Kind;

/// Most blocks of one tenant.
pub const BLOCKS_MAX: usize = 100_000;
/// The longest time that a block may have, in milliseconds: ten years of 365 days. What is longer is for good.
pub const BLOCK_MS_MAX: u64 = 10 * 365 * 86_400_000;
/// Longest reason of a block, in bytes.
pub const REASON_BYTES_MAX: usize = 256;
/// Most blocks that are looked at under one hold of a lock to take away those whose time is over.
const EXPIRED_MAX: usize = 1_024;

/// Whom a block shuts out. Ordered: visitors by id, then networks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// One visitor.
    Visitor(VisitorId),
    /// Whoever is seen at an address of this network.
    Network(Network),
}

/// How a block is made.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who blocks.
    pub by: AgentId,
    /// Why, at most [`REASON_BYTES_MAX`].
    pub reason: Arc<str>,
    /// For how long, in milliseconds, 1 to [`BLOCK_MS_MAX`]; `None` for good.
    pub for_ms: Option<u64>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whom it shuts out.
    pub target: Target,
    /// Who blocked.
    pub by: AgentId,
    /// Why.
    pub reason: Arc<str>,
    /// Since when.
    pub since_wall_ms: u64,
    /// Until when; `None` for good.
    pub until: Option<Now>,
}

impl Block {
    /// Until when, as people read it.
    pub fn until_wall_ms(&self) -> Option<u64> {
        self.until.map(|until| until.wall_ms)
    }

    fn is_over(&self, now: Now) -> bool {
        // By the clock that never goes back: a block that was over stays over.
        self.until.is_some_and(|until| until.mono_ms <= now.mono_ms)
    }
}

/// Some blocks of a tenant's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPage {
    /// In the order of their targets.
    pub blocks: Vec<Block>,
    /// Whether there are blocks after the last one.
    pub rest: Rest,
    /// All blocks of the tenant.
    pub total: u64,
}

/// Whether a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It was all.
    None,
    /// There is more.
    Some,
}

/// A tenant's blocks.
#[derive(Debug)]
pub struct Blocks {
    visitors: BTreeMap<VisitorId, Block>,
    networks: BTreeMap<Network, Block>,
    /// How many networks there are of each kind; none is 0.
    kinds: BTreeMap<Kind, usize>,
    /// When which block is over.
    due: BTreeSet<(u64, Target)>,
    blocks_max: usize,
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new(BLOCKS_MAX)
    }
}

impl Blocks {
    /// None yet, and at most `blocks_max`.
    pub fn new(blocks_max: usize) -> Self {
        Self {
            visitors: BTreeMap::new(),
            networks: BTreeMap::new(),
            kinds: BTreeMap::new(),
            due: BTreeSet::new(),
            blocks_max,
        }
    }

    /// Shuts somebody out from now on. A block of the same target is replaced.
    ///
    /// Errors: [`Refusal::TooLong`], [`Refusal::OutOfRange`], [`Refusal::LimitReached`] at [`BLOCKS_MAX`] blocks.
    pub fn block(&mut self, target: Target, terms: Terms, now: Now) -> Result<&Block, Refusal> {
        let Terms { by, reason, for_ms } = terms;
        if reason.len() > REASON_BYTES_MAX {
            return Err(Refusal::TooLong { field: "reason", bytes_max: REASON_BYTES_MAX });
        }
        if for_ms.is_some_and(|for_ms| !(1..=BLOCK_MS_MAX).contains(&for_ms)) {
            return Err(Refusal::OutOfRange { field: "for_ms", min: 1, max: BLOCK_MS_MAX });
        }
        self.expire(now);
        if self.at(&target).is_none() && self.len() >= self.blocks_max {
            let max = self.blocks_max as u64;
            return Err(Refusal::LimitReached { what: "blocks of one tenant", max });
        }
        self.remove(&target);
        let until = for_ms.map(|for_ms| now.after_ms(for_ms));
        if let Some(until) = until {
            self.due.insert((until.mono_ms, target.clone()));
        }
        let block = Block { target: target.clone(), by, reason, since_wall_ms: now.wall_ms, until };
        Ok(match target {
            Target::Visitor(visitor) => self.visitors.entry(visitor).insert_entry(block).into_mut(),
            Target::Network(network) => {
                *self.kinds.entry(network.kind()).or_default() += 1;
                self.networks.entry(network).insert_entry(block).into_mut()
            }
        })
    }

    /// Takes a block away; what a wider network shuts out stays shut out.
    ///
    /// Errors: [`Refusal::BlockNotFound`] if no block has exactly this target.
    pub fn unblock(&mut self, target: &Target, now: Now) -> Result<(), Refusal> {
        let block = self.remove(target).filter(|block| !block.is_over(now));
        block.map(|_| ()).ok_or(Refusal::BlockNotFound)
    }

    /// The block, if there is one, that shuts out a visitor seen at these addresses. The addresses are canonical, as
    /// [`network::address`] gives them.
    pub fn find(
        &self,
        visitor: &VisitorId,
        addresses: impl IntoIterator<Item = IpAddr>,
        now: Now,
    ) -> Option<&Block> {
        let in_force = |block: &&Block| !block.is_over(now);
        self.visitors.get(visitor).filter(in_force).or_else(|| {
            addresses.into_iter().find_map(|address| {
                let around = self.kinds.keys().filter_map(|kind| Network::around(address, *kind));
                around.filter_map(|network| self.networks.get(&network)).find(in_force)
            })
        })
    }

    /// The blocks after `after` (`None`: from the first one on), in the order of their targets, at most `blocks_max` of them.
    pub fn page(&self, after: Option<&Target>, blocks_max: usize, now: Now) -> BlockPage {
        let visitors_after = match after {
            None => Some(Bound::Unbounded),
            Some(Target::Visitor(visitor)) => Some(Bound::Excluded(visitor)),
            Some(Target::Network(_)) => None,
        };
        let networks_after = match after {
            Some(Target::Network(network)) => Bound::Excluded(network),
            _ => Bound::Unbounded,
        };
        let visitors = visitors_after.map(|after| {
            self.visitors.range::<VisitorId, _>((after, Bound::Unbounded)).map(|(_, block)| block)
        });
        let networks = self.networks.range::<Network, _>((networks_after, Bound::Unbounded));
        let mut rows = visitors
            .into_iter()
            .flatten()
            .chain(networks.map(|(_, block)| block))
            .filter(|block| !block.is_over(now));
        let blocks = rows.by_ref().take(blocks_max).cloned().collect();
        let rest = if rows.next().is_some() { Rest::Some } else { Rest::None };
        BlockPage { blocks, rest, total: self.len() as u64 }
    }

    /// How many there are. One whose time is over counts until [`Blocks::expire`] has taken it away.
    pub fn len(&self) -> usize {
        self.visitors.len() + self.networks.len()
    }

    /// Whether nobody is shut out.
    pub fn is_empty(&self) -> bool {
        self.visitors.is_empty() && self.networks.is_empty()
    }

    /// When the next block is over, on the clock that never goes back.
    pub fn deadline(&self) -> Option<u64> {
        self.due.first().map(|(mono_ms, _)| *mono_ms)
    }

    /// Takes away blocks whose time is over, the oldest first, 1,024 at most: [`Blocks::deadline`] is past if there are more.
    pub fn expire(&mut self, now: Now) {
        for _ in 0..EXPIRED_MAX {
            match self.due.first() {
                Some((mono_ms, target)) if *mono_ms <= now.mono_ms => {
                    let target = target.clone();
                    self.remove(&target);
                }
                _ => return,
            }
        }
    }

    /// Whether what is kept twice agrees. Errors: every fault found, in words.
    pub fn verify(&self) -> Result<(), Vec<String>> {
        let mut faults = Vec::new();
        let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
        self.networks.keys().for_each(|network| *kinds.entry(network.kind()).or_default() += 1);
        if kinds != self.kinds {
            faults.push(format!("kinds of networks are {kinds:?} and said to be {:?}", self.kinds));
        }
        let all = self.visitors.values().chain(self.networks.values());
        let due: BTreeSet<_> =
            all.filter_map(|block| Some((block.until?.mono_ms, block.target.clone()))).collect();
        if due != self.due {
            faults.push("the ends of blocks are not those that are waited for".to_owned());
        }
        if self.len() > self.blocks_max {
            faults.push(format!("{} blocks are more than {}", self.len(), self.blocks_max));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn at(&self, target: &Target) -> Option<&Block> {
        match target {
            Target::Visitor(visitor) => self.visitors.get(visitor),
            Target::Network(network) => self.networks.get(network),
        }
    }

    fn remove(&mut self, target: &Target) -> Option<Block> {
        let block = match target {
            Target::Visitor(visitor) => self.visitors.remove(visitor),
            Target::Network(network) => self.networks.remove(network),
        }?;
        if let Some(until) = block.until {
            self.due.remove(&(until.mono_ms, target.clone()));
        }
        if let Target::Network(network) = target
            && let Some(count) = self.kinds.get_mut(&network.kind())
        {
            *count -= 1;
            if *count == 0 {
                self.kinds.remove(&network.kind());
            }
        }
        Some(block)
    }
}

#[cfg(test)]
mod tests;
