use super::*;

fn at(mono_ms: u64) -> Now {
    Now { mono_ms, wall_ms: 1_700_000_000_000 + mono_ms }
}

fn visitor(id: &str) -> VisitorId {
    VisitorId::new(id).unwrap()
}

fn one(id: &str) -> Target {
    Target::Visitor(visitor(id))
}

fn network(text: &str) -> Target {
    Target::Network(Network::parse(text).unwrap())
}

fn terms(for_ms: Option<u64>) -> Terms {
    Terms { by: AgentId::new("ann").unwrap(), reason: "spam".into(), for_ms }
}

/// The target that shuts a visitor out.
fn found(blocks: &Blocks, id: &str, address: &str, now: Now) -> Option<Target> {
    blocks.verify().unwrap();
    blocks.find(&visitor(id), network::address(address), now).map(|block| block.target.clone())
}

#[test]
fn a_visitor_is_found_by_its_id_its_address_and_each_network_around_it() {
    let mut blocks = Blocks::default();
    for target in
        [one("v"), network("192.0.2.7"), network("198.51.100.0/24"), network("2001:db8::/32")]
    {
        blocks.block(target, terms(None), at(0)).unwrap();
    }
    for (id, address, expected) in [
        ("v", "", Some(one("v"))),
        ("v", "203.0.113.1", Some(one("v"))),
        ("w", "", None),
        ("w", "192.0.2.7", Some(network("192.0.2.7"))),
        ("w", "192.0.2.8", None),
        ("w", "198.51.100.255", Some(network("198.51.100.0/24"))),
        ("w", "198.51.101.0", None),
        ("w", "::ffff:198.51.100.1", Some(network("198.51.100.0/24"))),
        ("w", "2001:db8:ffff::1", Some(network("2001:db8::/32"))),
        ("w", "2001:db9::1", None),
    ] {
        assert_eq!(found(&blocks, id, address, at(5)), expected, "{id} at {address}");
    }
}

#[test]
fn a_block_is_over_to_the_millisecond_whatever_the_wall_clock_says() {
    let mut blocks = Blocks::default();
    blocks.block(network("192.0.2.0/24"), terms(Some(1_000)), at(500)).unwrap();
    assert!(found(&blocks, "v", "192.0.2.7", at(1_499)).is_some());
    assert!(found(&blocks, "v", "192.0.2.7", at(1_500)).is_none());
    // It is over for a look before anybody has taken it away.
    assert_eq!((blocks.len(), blocks.deadline()), (1, Some(1_500)));
    assert_eq!(blocks.page(None, 10, at(1_500)).blocks, []);
    let earlier_by_the_wall = Now { mono_ms: 1_500, wall_ms: 0 };
    assert!(found(&blocks, "v", "192.0.2.7", earlier_by_the_wall).is_none());
    blocks.expire(at(1_499));
    assert_eq!(blocks.len(), 1);
    blocks.expire(at(1_500));
    assert_eq!((blocks.len(), blocks.deadline()), (0, None));
    blocks.verify().unwrap();
}

#[test]
fn to_block_again_is_to_change_the_terms() {
    let mut blocks = Blocks::default();
    blocks.block(one("v"), terms(Some(1_000)), at(0)).unwrap();
    let longer = blocks.block(one("v"), terms(None), at(10)).unwrap();
    assert_eq!((longer.since_wall_ms, longer.until), (at(10).wall_ms, None));
    assert_eq!((blocks.len(), blocks.deadline()), (1, None));
    let shorter = blocks.block(one("v"), terms(Some(5)), at(20)).unwrap();
    assert_eq!(shorter.until_wall_ms(), Some(at(25).wall_ms));
    assert!(found(&blocks, "v", "", at(25)).is_none());
}

#[test]
fn a_lifted_block_shuts_nobody_out_and_a_wider_one_stays() {
    let mut blocks = Blocks::default();
    for target in [network("192.0.2.7"), network("192.0.2.0/24"), one("v")] {
        blocks.block(target, terms(None), at(0)).unwrap();
    }
    assert_eq!(blocks.unblock(&network("192.0.0.0/16"), at(1)), Err(Refusal::BlockNotFound));
    assert_eq!(blocks.unblock(&one("w"), at(1)), Err(Refusal::BlockNotFound));
    blocks.unblock(&network("192.0.2.7"), at(1)).unwrap();
    assert_eq!(found(&blocks, "w", "192.0.2.7", at(1)), Some(network("192.0.2.0/24")));
    blocks.unblock(&network("192.0.2.0/24"), at(1)).unwrap();
    blocks.unblock(&one("v"), at(1)).unwrap();
    assert_eq!(found(&blocks, "v", "192.0.2.7", at(1)), None);
    assert!(blocks.is_empty());
    assert_eq!(blocks.unblock(&one("v"), at(1)), Err(Refusal::BlockNotFound));
}

#[test]
fn a_block_that_is_over_is_not_there_to_be_lifted() {
    let mut blocks = Blocks::default();
    blocks.block(one("v"), terms(Some(5)), at(0)).unwrap();
    assert_eq!(blocks.unblock(&one("v"), at(5)), Err(Refusal::BlockNotFound));
    blocks.verify().unwrap();
}

#[test]
fn the_list_is_bounded_and_one_that_is_over_makes_room() {
    let mut blocks = Blocks::new(2);
    blocks.block(one("a"), terms(None), at(0)).unwrap();
    blocks.block(one("b"), terms(Some(10)), at(0)).unwrap();
    let full = Refusal::LimitReached { what: "blocks of one tenant", max: 2 };
    assert_eq!(blocks.block(one("c"), terms(None), at(9)), Err(full));
    assert_eq!(found(&blocks, "c", "", at(9)), None);
    assert!(blocks.block(one("a"), terms(Some(1_000)), at(9)).is_ok(), "it is there already");
    assert!(blocks.block(one("c"), terms(None), at(10)).is_ok());
}

#[test]
fn terms_out_of_their_bounds_are_refused_and_change_nothing() {
    let mut blocks = Blocks::default();
    blocks.block(one("v"), terms(None), at(0)).unwrap();
    let out = Refusal::OutOfRange { field: "for_ms", min: 1, max: BLOCK_MS_MAX };
    assert_eq!(blocks.block(one("v"), terms(Some(0)), at(1)), Err(out.clone()));
    assert_eq!(blocks.block(one("v"), terms(Some(BLOCK_MS_MAX + 1)), at(1)), Err(out));
    let wordy = Terms { reason: "x".repeat(REASON_BYTES_MAX + 1).into(), ..terms(None) };
    let long = Refusal::TooLong { field: "reason", bytes_max: REASON_BYTES_MAX };
    assert_eq!(blocks.block(one("v"), wordy, at(1)), Err(long));
    let page = blocks.page(None, 10, at(1));
    assert_eq!((page.blocks.len(), page.blocks[0].since_wall_ms), (1, at(0).wall_ms));
}

#[test]
fn pages_tell_each_block_once_in_the_order_of_targets() {
    let mut blocks = Blocks::default();
    let mut targets = vec![one("a"), one("b"), one("c")];
    targets.extend(["192.0.2.0/24", "192.0.2.0/25", "192.0.2.9", "2001:db8::/32"].map(network));
    for target in targets.iter().rev() {
        blocks.block(target.clone(), terms(None), at(0)).unwrap();
    }
    blocks.block(one("bb"), terms(Some(1)), at(0)).unwrap();
    for step in 1..9 {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = blocks.page(after.as_ref(), step, at(1));
            assert_eq!(page.total, 8, "the one that is over counts until it is taken away");
            assert!(page.blocks.len() <= step);
            read.extend(page.blocks.into_iter().map(|block| block.target));
            after = read.last().cloned();
            if page.rest == Rest::None {
                break;
            }
        }
        assert_eq!(read, targets, "{step} at a time");
    }
    // A place in the list is one even if its block was lifted meanwhile.
    blocks.unblock(&one("b"), at(1)).unwrap();
    let page = blocks.page(Some(&one("b")), 1, at(1));
    assert_eq!(page.blocks[0].target, one("c"));
}
