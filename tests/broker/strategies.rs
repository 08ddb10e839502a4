//! Row Q1 over the wire: by each strategy the next visitor goes to whom its rule names.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::desk::floor::strategy::Strategy;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code, Status};

use crate::house::{House, assert_refused};
use crate::wire::{Client, Lane, arrives};

/// A department that shares out by one strategy, its agents on links 1 to 3, and visitors who come one after another.
struct Shop {
    house: House,
    _gateway: Client,
    desk: Lane,
    shop: Lane,
    visitors: u32,
}

/// A post in sales.
fn post(tier: u32, order: u32, weight: u32) -> v1::Post {
    v1::Post { department: "sales".into(), tier, order, weight }
}

impl Shop {
    /// With an agent for each post.
    async fn open(strategy: Strategy, posts: [(v1::Post, u32); 3]) -> Self {
        let house = House::open_ruled(|draft| draft.departments[0].strategy = strategy);
        let gateway = house.gateway().await;
        let (desk, shop) = (gateway.lane().await, gateway.lane().await);
        let mut this = Self { house, _gateway: gateway, desk, shop, visitors: 0 };
        for ((post, capacity), link) in posts.into_iter().zip(1..) {
            let attach = v1::AttachAgent { agent: format!("a-{link}"), ..Default::default() };
            this.desk.attach_agent(link, attach).await;
            let sign_on = v1::SignOn { posts: vec![post], capacity, ..Default::default() };
            this.desk.ask(link, Command::SignOn(sign_on)).await;
            let online = v1::SetStatus { status: Status::Online.into(), ..Default::default() };
            this.desk.ask(link, Command::SetStatus(online)).await;
        }
        this
    }

    /// Three agents who differ in nothing, each for so many sessions.
    async fn of_equals(strategy: Strategy, capacity: u32) -> Self {
        Self::open(strategy, [1, 2, 3].map(|_| (post(1, 0, 10), capacity))).await
    }

    /// The next visitor: its link, its session, and who has it.
    async fn next(&mut self) -> (u32, Bytes, u32) {
        self.visitors += 1;
        let link = self.visitors;
        self.shop.attach_visitor(link, arrives(&format!("v-{link}"))).await;
        let session = self.shop.ask_for(link, "sales", None).await.session;
        let agent = self.desk.opened_by(&session).await;
        (link, session, agent)
    }

    /// Who gets the next so many.
    async fn share(&mut self, visitors: usize) -> Vec<u32> {
        let mut agents = Vec::new();
        for _ in 0..visitors {
            agents.push(self.next().await.2);
        }
        agents
    }

    async fn end(&mut self, (link, session, _): &(u32, Bytes, u32)) {
        let close = Command::Close(v1::Close { session: session.clone() });
        assert_eq!(self.shop.ask(*link, close).await, Reply::Done(v1::Done {}));
        self.house.counts("acme");
    }
}

fn count(agents: &[u32], agent: u32) -> usize {
    agents.iter().filter(|other| **other == agent).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_order_fills_one_after_the_other_as_they_signed_on() {
    let posts = [2, 3, 1].map(|order| (post(1, order, 10), 2));
    let mut shop = Shop::open(Strategy::InOrder, posts).await;
    let first = shop.next().await;
    assert_eq!(first.2, 3);
    assert_eq!(shop.share(3).await, [3, 1, 1]);
    shop.end(&first).await;
    assert_eq!(shop.share(3).await, [3, 2, 2], "whoever comes first in the order and has room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_robin_goes_around_and_an_end_brings_no_turn_forward() {
    let mut shop = Shop::of_equals(Strategy::RoundRobin, 5).await;
    let first = shop.next().await;
    assert_eq!((first.2, shop.share(2).await), (1, vec![2, 3]));
    shop.end(&first).await;
    assert_eq!(shop.share(4).await, [1, 2, 3, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn longest_idle_goes_to_whose_last_assignment_or_end_lies_longest_back() {
    let mut shop = Shop::of_equals(Strategy::LongestIdle, 5).await;
    let first = shop.next().await;
    assert_eq!((first.2, shop.share(2).await), (1, vec![2, 3]));
    shop.end(&first).await;
    assert_eq!(shop.share(4).await, [2, 3, 1, 2], "who has just had an end is the last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn least_loaded_goes_by_the_share_of_the_capacity_that_is_taken() {
    let posts = [2, 4, 4].map(|capacity| (post(1, 0, 10), capacity));
    let mut shop = Shop::open(Strategy::LeastLoaded, posts).await;
    assert_eq!(shop.share(6).await, [1, 2, 3, 2, 3, 1]);
    assert_eq!(shop.share(4).await, [2, 3, 2, 3], "a quarter each, and half of the first one's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fill_first_goes_to_the_fullest_who_has_room() {
    let mut shop = Shop::of_equals(Strategy::FillFirst, 2).await;
    let first = shop.next().await;
    assert_eq!((first.2, shop.share(2).await), (1, vec![1, 2]));
    shop.end(&first).await;
    assert_eq!(shop.share(3).await, [1, 2, 3], "the empty one last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weighted_shares_are_those_of_the_weights() {
    let posts = [1, 2, 3].map(|weight| (post(1, 0, weight), 50));
    let mut shop = Shop::open(Strategy::Weighted, posts).await;
    let agents = shop.share(24).await;
    for (agent, due) in [(1, 4), (2, 8), (3, 12)] {
        assert!(count(&agents, agent).abs_diff(due) <= 1, "{agents:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_passes_nobody_over_for_ever_and_nobodys_capacity() {
    let mut shop = Shop::of_equals(Strategy::Random, 30).await;
    let agents = shop.share(90).await;
    assert_eq!([1, 2, 3].map(|agent| count(&agents, agent)), [30; 3], "all are full");
    // The chance that an order of those is in turns is below 10^-28.
    assert!(!agents.windows(3).all(|three| three[0] != three[1] && three[1] != three[2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lower_tier_comes_first_whatever_the_strategy_within_it() {
    let posts = [(post(3, 0, 10), 2), (post(1, 0, 10), 1), (post(2, 0, 10), 1)];
    let mut shop = Shop::open(Strategy::LongestIdle, posts).await;
    let first = shop.next().await;
    assert_eq!((first.2, shop.share(2).await), (2, vec![3, 1]));
    shop.end(&first).await;
    assert_eq!(shop.share(2).await, [2, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strategy_or_a_post_that_there_is_none_of_is_refused_by_its_place() {
    let mut shop = Shop::of_equals(Strategy::LeastLoaded, 1).await;
    for (bad, field) in [(post(1, 0, 101), "weight"), (post(10, 0, 1), "tier")] {
        let sign_on = v1::SignOn { posts: vec![bad], ..Default::default() };
        let refused = shop.desk.refused(1, Command::SignOn(sign_on)).await;
        assert_refused(&refused, Code::BadValue, field);
    }
    let boss = shop.house.client("acme", Role::Admin, "boss").await;
    let mut lane = boss.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    let Reply::Policy(mut policy) = lane.ask(1, Command::ReadPolicy(v1::ReadPolicy {})).await
    else {
        panic!("no policy");
    };
    policy.departments[0].strategy = 99;
    let replace = v1::ReplacePolicy { policy: Some(*policy), made_from: 1 };
    let refused = lane.refused(1, Command::ReplacePolicy(Box::new(replace))).await;
    assert!(format!("{refused:?}").contains("departments[0].strategy"), "{refused:?}");
    assert_eq!(shop.share(1).await, [1], "it goes on as it was");
}
