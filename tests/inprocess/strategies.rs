//! Row Q1: by each strategy the next visitor goes to whom its rule names, also as sessions end.

use frontdesk::desk::floor::strategy::Strategy;
use frontdesk::desk::id::SessionId;
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::engine::{Command, PostWish, SignOn};

use crate::house::{House, Seat, department};

const NAMES: [&str; 3] = ["ann", "bob", "cid"];

/// A department that shares out so, its three agents, and visitors who come one after another.
struct Shop {
    house: House,
    agents: Vec<Seat>,
    sessions: Vec<(Seat, SessionId)>,
}

fn post(change: impl FnOnce(&mut PostWish)) -> PostWish {
    let mut post = PostWish::new(department("sales"));
    change(&mut post);
    post
}

impl Shop {
    fn of(strategy: Strategy, posts: [PostWish; 3], capacity: u16) -> Self {
        let house = House::ruled(|draft| draft.departments[0].strategy = strategy);
        let agents = posts.into_iter().zip(NAMES).map(|(post, name)| {
            let sign_on = SignOn { posts: vec![post], capacity: Some(capacity), skills: vec![] };
            house.online_for(Role::Agent, name, sign_on)
        });
        let agents = agents.collect();
        Self { house, agents, sessions: vec![] }
    }

    fn of_equals(strategy: Strategy, capacity: u16) -> Self {
        Self::of(strategy, [(); 3].map(|()| post(|_| ())), capacity)
    }

    /// Who gets the next so many, by the first letters.
    fn share(&mut self, visitors: usize) -> String {
        let mut shares = String::new();
        for _ in 0..visitors {
            let visitor = self.house.visitor(&format!("v-{}", self.sessions.len()));
            let session = self.house.ask(&visitor);
            let holder = self.house.holder(&self.agents[0], session).unwrap();
            shares.push_str(&holder[..1]);
            self.sessions.push((visitor, session));
            self.house.wait(10);
        }
        self.house.whole();
        shares
    }

    fn end(&mut self, no: usize) {
        let (visitor, session) = &self.sessions[no];
        self.house.submit(visitor, Command::Close { session: *session }).unwrap();
        self.house.wait(10);
    }
}

#[test]
fn each_strategy_follows_its_rule_and_its_tie_break() {
    // What the first three, then, after the first one's end, the next four get.
    for (strategy, first, then) in [
        (Strategy::LeastLoaded, "abc", "abca"),
        (Strategy::RoundRobin, "abc", "abca"),
        (Strategy::LongestIdle, "abc", "bcab"),
        (Strategy::FillFirst, "aaa", "abbb"),
        (Strategy::InOrder, "aaa", "abbb"),
    ] {
        let mut shop = Shop::of_equals(strategy, 3);
        assert_eq!(shop.share(3), first, "{strategy:?}");
        shop.end(0);
        assert_eq!(shop.share(4), then, "{strategy:?}");
    }
}

#[test]
fn the_order_the_weight_and_the_tier_that_agents_signed_on_with_count() {
    let order = |order| post(|post| post.order = order);
    let mut shop = Shop::of(Strategy::InOrder, [2, 3, 1].map(order), 2);
    assert_eq!(shop.share(6), "ccaabb");
    let weight = |weight| post(|post| post.weight = weight);
    let mut shop = Shop::of(Strategy::Weighted, [1, 2, 3].map(weight), 50);
    let shares = shop.share(60);
    for (name, due) in ["a", "b", "c"].into_iter().zip([10, 20, 30]) {
        assert!(shares.matches(name).count().abs_diff(due) <= 1, "{shares}");
    }
    let tier = |tier| post(|post| post.tier = tier);
    for strategy in [Strategy::Random, Strategy::RoundRobin, Strategy::LeastLoaded] {
        let mut shop = Shop::of(strategy, [3, 1, 2].map(tier), 2);
        assert_eq!(shop.share(6), "bbccaa", "{strategy:?}");
    }
}

#[test]
fn random_passes_nobody_over_for_ever() {
    let mut shop = Shop::of_equals(Strategy::Random, 50);
    let shares = shop.share(60);
    for name in ["a", "b", "c"] {
        assert!(shares.matches(name).count() >= 5, "{shares}");
    }
}

#[test]
fn a_post_beyond_its_bounds_is_refused_by_its_field() {
    let house = House::new();
    let ann = house.agent("ann");
    for (bad, field, max) in [
        (post(|post| post.weight = 0), "weight", 100),
        (post(|post| post.weight = 101), "weight", 100),
        (post(|post| post.tier = 0), "tier", 9),
        (post(|post| post.tier = 10), "tier", 9),
    ] {
        let sign_on = SignOn { posts: vec![bad], ..SignOn::default() };
        let refused = house.submit(&ann, Command::SignOn(sign_on));
        assert_eq!(refused, Err(Refusal::PostOutOfRange { field, max }));
    }
    house.whole();
}
