//! Simulated agents: each signs on, answers whoever it is given after a while, and closes some sessions itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use frontdesk::broker::identity::DEVELOPMENT_DEPARTMENTS;
use frontdesk::client::v1::Status;
use frontdesk::client::{AgentLink, Client, EndReason, Event, SessionId};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Dice, Stage};

/// Sessions that an agent takes at once.
const CAPACITY: u32 = 5;
/// Of a hundred answers, those after which the agent closes the session.
const CLOSING_PERCENT: usize = 12;

const ANSWERS: [&str; 5] = [
    "Let me look.",
    "Yes, we have it.",
    "Within three days.",
    "您好，有现货。",
    "It is 152 cm wide.",
];

/// Works until the demonstration is over.
pub(crate) async fn work(stage: Arc<Stage>, client: Client, dice: Dice) {
    if let Err(error) = answer_all(&stage, &client, dice).await {
        stage.tally.flaw(format!("{error:#}"));
    }
}

async fn answer_all(stage: &Arc<Stage>, client: &Client, mut dice: Dice) -> Result<()> {
    let (link, mut events) = client.attach_agent("").await.context("an agent was not attached")?;
    link.sign_on(DEVELOPMENT_DEPARTMENTS, CAPACITY).await.context("an agent was not signed on")?;
    link.set_status(Status::Online, "").await.context("an agent did not go online")?;

    // Which participant the agent itself is, in each session that it has.
    let mut sessions = HashMap::new();
    // No more than a visitor says: it waits for an answer before it goes on.
    let mut answers = JoinSet::new();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            Some(_) = answers.join_next() => continue,
        };
        match event {
            Some(Event::SessionOpened { session, view }) => {
                sessions.insert(session, view.you);
            }
            Some(Event::Message(message))
                if sessions.get(&message.session) != Some(&message.from) =>
            {
                stage.tally.hear(&message);
                answers.spawn(answer(
                    stage.clone(),
                    link.clone(),
                    message.session,
                    Answer::drawn(&mut dice),
                ));
            }
            Some(Event::SessionClosed { session, .. } | Event::SessionLost { session }) => {
                sessions.remove(&session);
            }
            Some(Event::MessagesMissing { from_seq, to_seq, .. }) => {
                stage.tally.flaw(format!("an agent misses messages {from_seq} to {to_seq}"));
            }
            Some(Event::Ended(EndReason::Closed)) => return Ok(()),
            Some(Event::Ended(reason)) => anyhow::bail!("an agent's link ended: {reason}"),
            Some(_) => {}
            None => return Ok(()),
        }
    }
}

/// What an agent is about to do.
struct Answer {
    after: Duration,
    typed_for: Duration,
    text: &'static str,
    then: Then,
}

enum Then {
    Stay,
    Close,
}

impl Answer {
    fn drawn(dice: &mut Dice) -> Self {
        Self {
            after: dice.span(200, 1_000),
            typed_for: dice.span(200, 1_000),
            text: dice.one_of(&ANSWERS),
            then: if dice.percent(CLOSING_PERCENT) { Then::Close } else { Then::Stay },
        }
    }
}

async fn answer(stage: Arc<Stage>, link: AgentLink, session: SessionId, answer: Answer) {
    sleep(answer.after).await;
    // The visitor learns that someone types, not what.
    let _ = link.preview(session, answer.text);
    sleep(answer.typed_for).await;
    if !stage.tally.say(&link, session, answer.text.to_owned()).await {
        return;
    }
    if matches!(answer.then, Then::Close) {
        stage.tally.check("an agent could not close", link.close(session).await);
    }
}
