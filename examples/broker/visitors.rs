//! Simulated visitors: each arrives, looks around, may ask, waits with patience, talks, and goes; then comes the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::broker::identity::DEVELOPMENT_SITES;
use frontdesk::client::v1::{Role, SessionState};
use frontdesk::client::{Asking, Client, EndReason, Event, Events, Visitor, VisitorLink};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::{Dice, Stage, department};

/// How long a visitor waits for an agent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// What waits for a visitor: more than is said to it while it types.
const NEWS_MAX: usize = 64;

const PAGES: [(&str, &str); 5] = [
    ("/", "Welcome"),
    ("/beds", "Beds"),
    ("/beds/oak-140", "Oak bed, 140 cm"),
    ("/delivery", "Delivery"),
    ("/returns", "Returns"),
];
const QUESTIONS: [&str; 5] = [
    "Do you have it in oak?",
    "When would it be delivered?",
    "Can I send it back?",
    "这款有现货吗？",
    "How wide is it with the frame?",
];
const REGIONS: [&str; 4] = ["Zhejiang", "Guangdong", "Sichuan", "Beijing"];

/// One visitor after another in the same place.
pub(crate) async fn live(stage: Arc<Stage>, client: Client, place: u32, mut dice: Dice) {
    sleep(dice.span(0, 3_000)).await;
    for round in 0_u32.. {
        let id = format!("demo-{place}-{round}");
        visit(&stage, &client, &id, &mut dice).await;
        sleep(dice.span(500, 3_000)).await;
    }
}

async fn visit(stage: &Arc<Stage>, client: &Client, id: &str, dice: &mut Dice) {
    let site = dice.one_of(&DEVELOPMENT_SITES);
    let (path, title) = dice.one_of(&PAGES);
    let visitor = Visitor::new(site)
        .id(id)
        .page(format!("https://{site}.example{path}"), title)
        .referrer("https://search.example/")
        .search("search.example", "oak bed")
        .region(dice.one_of(&REGIONS));
    let (link, events) = match client.attach_visitor(visitor).await {
        Ok(attached) => attached,
        Err(error) => return stage.tally.flaw(format!("a visitor was not attached: {error}")),
    };
    // Listens also while the visitor types, so that what is heard is timed when it comes. Ends with the link.
    let (note, mut news) = mpsc::channel(NEWS_MAX);
    tokio::spawn(listen(stage.clone(), events, note));
    for _ in 0..dice.below(4) {
        sleep(dice.span(300, 1_500)).await;
        let (path, title) = dice.one_of(&PAGES);
        let viewed = link.view_page(format!("https://{site}.example{path}"), title).await;
        stage.tally.check("a page was not viewed", viewed);
    }
    if dice.percent(70) {
        ask(stage, &link, &mut news, dice).await;
    }
    stage.tally.check("a visitor did not leave", link.leave().await);
}

async fn ask(stage: &Stage, link: &VisitorLink, news: &mut mpsc::Receiver<News>, dice: &mut Dice) {
    let asked = Instant::now();
    let asking = Asking::new(department(dice)).opening(dice.one_of(&QUESTIONS));
    let session = match link.ask(asking).await {
        Ok(asked) => asked.session,
        Err(error) => return stage.tally.flaw(format!("a visitor could not ask: {error}")),
    };
    match timeout(PATIENCE, news_of(news, News::Joined)).await {
        Ok(Heard::Wanted) => stage.tally.answered(asked),
        Ok(Heard::Closed) => return,
        Err(_) => {
            stage.tally.gave_up();
            return stage
                .tally
                .check("a waiting session was not closed", link.close(session).await);
        }
    }
    for _ in 0..2 + dice.below(4) {
        let question = dice.one_of(&QUESTIONS);
        let typed: String = question.chars().take(question.chars().count() / 2).collect();
        // A preview that comes too late is worth nothing.
        let _ = link.preview(session, typed);
        sleep(dice.span(400, 1_500)).await;
        if !stage.tally.say(link, session, question.to_owned()).await {
            return;
        }
        if let Ok(Heard::Closed) = timeout(ANSWER_TIME, news_of(news, News::Spoken)).await {
            return;
        }
    }
    stage.tally.check("a session was not closed", link.close(session).await);
}

/// What a visitor waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    /// An agent is there.
    Joined,
    /// The agent has spoken.
    Spoken,
    /// The session is over.
    Closed,
}

/// How waiting ended.
enum Heard {
    Wanted,
    Closed,
}

async fn news_of(news: &mut mpsc::Receiver<News>, wanted: News) -> Heard {
    while let Some(came) = news.recv().await {
        if came == wanted {
            return Heard::Wanted;
        }
        if came == News::Closed {
            break;
        }
    }
    Heard::Closed
}

async fn listen(stage: Arc<Stage>, mut events: Events, news: mpsc::Sender<News>) {
    while let Some(event) = events.next().await {
        let came = match event {
            Event::ParticipantJoined { participant, .. } if participant.role() == Role::Agent => {
                News::Joined
            }
            Event::SessionOpened { view, .. } if view.state() == SessionState::Active => {
                News::Joined
            }
            // 1 is the visitor itself.
            Event::Message(message) if message.from != 1 => {
                stage.tally.hear(&message);
                News::Spoken
            }
            Event::SessionClosed { .. } | Event::SessionLost { .. } => News::Closed,
            Event::MessagesMissing { from_seq, to_seq, .. } => {
                stage.tally.flaw(format!("a visitor misses messages {from_seq} to {to_seq}"));
                continue;
            }
            Event::Ended(EndReason::Closed) => return,
            Event::Ended(reason) => {
                return stage.tally.flaw(format!("a visitor's link ended: {reason}"));
            }
            _ => continue,
        };
        // A visitor that has gone, or has heard more than it waits for, needs no news.
        let _ = news.try_send(came);
    }
}
