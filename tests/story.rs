//! The story of a visitor and an agent, as the examples tell it: through the engine alone, and through a broker over real QUIC.
//!
//! Each claim is checked by the story itself; a claim that fails is the error with which it ends.

#[path = "../examples/embed.rs"]
#[allow(dead_code, reason = "its main is for the example")]
mod embed;
#[path = "../examples/two_people.rs"]
#[allow(dead_code, reason = "its main is for the example")]
mod two_people;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;
use frontdesk::broker::Broker;
use frontdesk::broker::config::Config;
use frontdesk::broker::token::{Bearer, Grant, mint};
use frontdesk::desk::id::VisitorId;
use frontdesk::engine::journal::Memory;

use self::two_people::{Host, HostArguments};

#[test]
fn a_visitor_and_an_agent_talk_in_one_process_and_the_numbers_add_up() {
    let mut narration = Vec::new();
    let told = embed::story(embed::Clock::simulated(), &mut narration);
    let narration = String::from_utf8_lossy(&narration).into_owned();
    assert!(told.is_ok(), "{told:?} after\n{narration}");
    assert!(narration.contains("it adds up"), "the story was told to its end:\n{narration}");
}

#[test]
fn the_same_story_in_one_process_is_told_the_same_way_twice() {
    let tell = || {
        let mut narration = Vec::new();
        embed::story(embed::Clock::simulated(), &mut narration).map(|()| narration)
    };
    assert_eq!(tell().expect("the story holds"), tell().expect("the story holds"));
}

#[tokio::test]
async fn a_visitor_and_an_agent_talk_over_quic_and_the_numbers_add_up() {
    let host = Host::open(&HostArguments::default()).await;
    let host = host.expect("a broker on a free port");
    let mut narration = Vec::new();
    let told = two_people::story(&host, &mut narration).await;
    host.close().await;
    let narration = String::from_utf8_lossy(&narration).into_owned();
    assert!(told.is_ok(), "{told:?} after\n{narration}");
    assert!(narration.contains("it adds up"), "the story was told to its end:\n{narration}");
}

/// A broker of the test's own, and how a stranger comes to it.
struct Elsewhere {
    broker: Broker,
    folder: PathBuf,
}

impl Elsewhere {
    fn start(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut config = Config::embedded(&folder);
        config.listen.set_port(0);
        config.http = None;
        let broker = Broker::bind(config, Arc::new(Memory::new(10_000)));
        Self { broker: broker.expect("a free port"), folder }
    }

    async fn enter(&self, way_in: &[&str]) -> anyhow::Result<Host> {
        let address = self.broker.local_addr().to_string();
        let arguments = ["two_people", "--connect", &address].into_iter();
        let arguments = Arguments::try_parse_from(arguments.chain(way_in.iter().copied()))?;
        Host::open(&arguments.host).await
    }
}

#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    host: HostArguments,
}

#[tokio::test]
async fn the_story_can_be_told_at_a_broker_that_is_named_as_often_as_one_likes() {
    let elsewhere = Elsewhere::start("story-elsewhere");
    let folder = elsewhere.folder.to_str().expect("a name in UTF-8");
    for _ in 0..2 {
        let host = elsewhere.enter(&["--data", folder]).await.expect("its own key opens");
        let mut narration = Vec::new();
        let told = two_people::story(&host, &mut narration).await;
        assert!(told.is_ok(), "{told:?} after\n{}", String::from_utf8_lossy(&narration));
    }
}

#[tokio::test]
async fn a_stranger_is_told_what_is_wrong_with_the_way_in() {
    let elsewhere = Elsewhere::start("story-strangers");
    let pin = elsewhere.broker.identity().pin.clone();
    let nowhere = elsewhere.folder.join("nothing");
    let nowhere = nowhere.to_str().expect("a name in UTF-8");
    let development = elsewhere.broker.identity().development.clone().expect("no tenants given");
    let visitor = Bearer::Visitor(VisitorId::new("v-1").expect("an id"));
    let expires_wall_ms = elsewhere.broker.now().wall_ms + 60_000;
    let grant = Grant::new(development.tenant.id, visitor, expires_wall_ms);
    let visitors = mint(&development.key, &grant).expect("signed");
    for (way_in, due) in [
        (&[][..], "--connect needs a way in"),
        (&["--token", "a.b.c"], "--pin HEX"),
        (&["--token", "a.b.c", "--pin", "12"], "64 hexadecimal digits"),
        (&["--token", "a.b.c", "--pin", &pin], "CODE_BAD_TOKEN"),
        (&["--token", &visitors, "--pin", &pin], "give a gateway's"),
        (&["--data", nowhere], "no broker's data folder"),
    ] {
        let Err(error) = elsewhere.enter(way_in).await else { panic!("{way_in:?} opens") };
        let error = format!("{error:#}");
        assert!(error.contains(due), "{way_in:?} gets: {error}");
    }
}
