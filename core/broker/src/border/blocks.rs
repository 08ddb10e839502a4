//! Blocks at the border: whom the wire means, who may block how many at once, and what agents read of it.

use std::sync::Arc;

use frontdesk_desk::block::{self, Block, BlockPage, Network, NetworkFault, Rest, Target};
use frontdesk_desk::id::VisitorId;
use frontdesk_engine::Command;
use frontdesk_proto::limits::{BLOCK_MS_MAX, BLOCK_PAGE_MAX, BLOCK_REASON_BYTES_MAX};
use frontdesk_proto::v1::{self, block_target::Who};

use super::inbound::{Caller, id};
use super::{Refused, permission};

// Each says it on its side.
const _: () = assert!(BLOCK_MS_MAX == block::BLOCK_MS_MAX);
const _: () = assert!(BLOCK_REASON_BYTES_MAX == block::REASON_BYTES_MAX);
const _: () = assert!(BLOCK_PAGE_MAX <= u16::MAX as u32);

pub(super) fn block(block: v1::Block, caller: &Caller) -> Result<Command, Refused> {
    let target = permitted(block.target, caller)?;
    if block.for_ms > BLOCK_MS_MAX {
        return Err(Refused::bad_value("for_ms", "a block lasts at most ten years; 0 is for good"));
    }
    if block.reason.len() > BLOCK_REASON_BYTES_MAX {
        return Err(Refused::too_long("reason", BLOCK_REASON_BYTES_MAX));
    }
    let reason: Arc<str> = block.reason.into();
    Ok(Command::Block { target, for_ms: (block.for_ms > 0).then_some(block.for_ms), reason })
}

pub(super) fn unblock(unblock: v1::Unblock, caller: &Caller) -> Result<Command, Refused> {
    Ok(Command::Unblock { target: permitted(unblock.target, caller)? })
}

pub(super) fn read_blocks(read: v1::ReadBlocks) -> Result<Command, Refused> {
    let after = read.after.map(|after| target("after", Some(after))).transpose()?;
    let blocks = if read.blocks == 0 { BLOCK_PAGE_MAX } else { read.blocks };
    match u16::try_from(blocks) {
        Ok(blocks_max) if blocks <= BLOCK_PAGE_MAX => Ok(Command::ReadBlocks { after, blocks_max }),
        _ => Err(Refused::bad_value("blocks", "a page has at most 100 blocks")),
    }
}

/// What a page of blocks is on the wire.
pub(super) fn page(page: BlockPage) -> v1::BlockPage {
    v1::BlockPage {
        blocks: page.blocks.into_iter().map(row).collect(),
        more: page.rest == Rest::Some,
        total: page.total,
    }
}

fn row(block: Block) -> v1::BlockRow {
    let who = match &block.target {
        Target::Visitor(visitor) => Who::Visitor(visitor.as_str().to_owned()),
        Target::Network(network) => Who::Network(network.to_string()),
    };
    v1::BlockRow {
        target: Some(v1::BlockTarget { who: Some(who) }),
        by: block.by.as_str().to_owned(),
        reason: block.reason.as_ref().to_owned(),
        since_wall_ms: block.since_wall_ms,
        until_wall_ms: block.until_wall_ms().unwrap_or(0),
    }
}

/// A target that the caller may block: a slip of an agent's must not shut out a city.
fn permitted(wanted: Option<v1::BlockTarget>, caller: &Caller) -> Result<Target, Refused> {
    let target = target("target", wanted)?;
    if let Target::Network(network) = &target
        && !network.is_single()
    {
        permission::supervises(caller.identity.bearer.role())?;
    }
    Ok(target)
}

fn target(field: &'static str, wanted: Option<v1::BlockTarget>) -> Result<Target, Refused> {
    match wanted.and_then(|wanted| wanted.who) {
        None => Err(Refused::missing(field)),
        Some(Who::Visitor(visitor)) => id("visitor", &visitor, VisitorId::new).map(Target::Visitor),
        Some(Who::Network(text)) => match Network::parse(&text) {
            Ok(network) => Ok(Target::Network(network)),
            Err(fault) => Err(Refused::bad_value("network", sentence(fault))),
        },
    }
}

fn sentence(fault: NetworkFault) -> &'static str {
    match fault {
        NetworkFault::NoAddress => {
            "a network is an address as 192.0.2.7 or 2001:db8::7, or one with a prefix as 192.0.2.0/24"
        }
        NetworkFault::NoPrefix => "a prefix has at most 32 bits in IPv4 and 128 in IPv6",
        NetworkFault::TooWide => {
            "a prefix has at least 8 bits in IPv4 and 16 in IPv6; name smaller networks"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(who: Who) -> Option<v1::BlockTarget> {
        Some(v1::BlockTarget { who: Some(who) })
    }

    #[test]
    fn what_is_read_of_a_block_names_it_again() {
        for who in [
            Who::Visitor("访客-7".into()),
            Who::Network("192.0.2.7".into()),
            Who::Network("2001:db8::/32".into()),
        ] {
            let block = Block {
                target: target("target", to(who.clone())).unwrap(),
                by: frontdesk_desk::id::AgentId::new("ann").unwrap(),
                reason: "spam".into(),
                since_wall_ms: 5,
                until: None,
            };
            let read = row(block.clone());
            assert_eq!(read.target, to(who));
            assert_eq!(target("after", read.target), Ok(block.target));
            assert_eq!((read.by.as_str(), read.reason.as_str()), ("ann", "spam"));
            assert_eq!((read.since_wall_ms, read.until_wall_ms), (5, 0));
        }
    }

    #[test]
    fn a_target_that_names_nobody_is_refused_by_its_field() {
        for (wanted, subject) in [
            (None, "target"),
            (Some(v1::BlockTarget { who: None }), "target"),
            (to(Who::Visitor(String::new())), "visitor"),
            (to(Who::Visitor("v".repeat(65))), "visitor"),
            (to(Who::Network(String::new())), "network"),
            (to(Who::Network("10.0.0.0/7".into())), "network"),
        ] {
            assert_eq!(target("target", wanted).unwrap_err().subject, subject);
        }
    }
}
