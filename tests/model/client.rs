//! What a person at the far end of a link has been told, and what may never happen to it.

use std::collections::{BTreeMap, BTreeSet};

use frontdesk_desk::delivery::{Delivery, Receiving, Resumed, SessionState};
use frontdesk_desk::id::{ClientMessageId, OfferId, Person, SessionId};
use frontdesk_desk::message::{Message, MessageKind};
use frontdesk_engine::{Link, LinkToken};

use crate::reference::{Line, Spoken, Told};
use crate::world::as_session;

/// One session's words as one link has them: from `first` on without a gap, and its own words ahead of that.
#[derive(Clone, Default)]
pub struct Log {
    /// As which participant it reads.
    you: Option<u16>,
    pub first: u64,
    pub words: BTreeMap<u64, Spoken>,
    /// What its person has said, by the numbers that it has who takes part.
    own: BTreeMap<u64, Spoken>,
    replay: Option<Resumed>,
    receipts: BTreeMap<u16, (u64, u64)>,
    pub preview: String,
    pub typing: BTreeSet<u16>,
    pub position: Option<u32>,
}

impl Log {
    /// A new link has none of what is told by its latest value.
    pub fn forget_what_passes(&mut self) {
        let Self { you, first, words, own, .. } = std::mem::take(self);
        *self = Self { you, first, words, own, ..Self::default() };
    }

    /// Takes in what the link's own person has said.
    pub fn note_own(&mut self, seq: u64, spoken: Spoken) {
        if self.you != Some(0) {
            self.note(seq, spoken.clone());
        }
        self.own.insert(seq, spoken);
    }

    /// Takes in what was said, which may take something back. One's own taking back may be known before what it takes back.
    pub fn note(&mut self, seq: u64, spoken: Spoken) {
        self.words.insert(seq, spoken);
        let recalls = self.words.values().chain(self.own.values());
        let recalls = recalls.filter(|said| said.line.recalls && said.line.replaces.is_some());
        let recalled: Vec<_> = recalls.map(|said| (said.from, said.line.replaces)).collect();
        for known in self.words.values_mut().chain(self.own.values_mut()) {
            let ids = [Some(known.line.id), known.line.replaces];
            if !known.line.recalls && ids.iter().any(|id| recalled.contains(&(known.from, *id))) {
                known.line.take_back();
            }
        }
    }

    /// The last of the run without a gap.
    pub fn last(&self) -> u64 {
        let first = self.first.max(1);
        (first..).find(|seq| !self.words.contains_key(seq)).unwrap_or(first) - 1
    }
}

/// A link as its person has it.
pub struct Client {
    pub link: Link,
    pub token: LinkToken,
    pub tenant: usize,
    pub name: usize,
    pub reader: usize,
    pub attached: bool,
    pub logs: BTreeMap<SessionId, Log>,
    /// What it said it had seen when it attached, and when it began to watch.
    pub resumed: Vec<(SessionId, u64)>,
    /// What it is asked, as far as it has read.
    pub offers: BTreeMap<OfferId, SessionId>,
    /// Whether somebody is there for it, where its page follows that.
    pub icon: Option<Receiving>,
    /// The invitation that it is shown, as far as it has read.
    pub shown: Option<SessionId>,
}

impl Client {
    pub fn is_agent(&self) -> bool {
        matches!(self.link.person, Person::Agent(_))
    }

    /// Takes a delivery in; answers what it was, if it is one that must be told.
    pub fn told(&mut self, delivery: &Delivery) -> Result<Option<(SessionId, Told)>, String> {
        let told = match delivery {
            Delivery::SessionOpened(view) => {
                let log = self.logs.entry(view.session).or_default();
                if log.you.is_some_and(|you| you != view.you) {
                    // Numbers are each reader's own.
                    let own = std::mem::take(&mut log.own);
                    let words = if view.you == 0 { BTreeMap::new() } else { own.clone() };
                    *log = Log { words, own, ..Log::default() };
                }
                log.you = Some(view.you);
                log.first = log.first.max(1);
                // It sees the present anew.
                (log.preview, log.typing) = (String::new(), BTreeSet::new());
                log.position = match view.state {
                    SessionState::Waiting { position } => Some(position),
                    _ => None,
                };
                (view.session, Told::Opened)
            }
            Delivery::Resumed { session, replay } => {
                let claimed = self.resumed.iter().filter(|(other, _)| other == session);
                let after = claimed.map(|(_, seq)| *seq).max().unwrap_or(0);
                let log = self
                    .logs
                    .get_mut(session)
                    .ok_or("a replay of a session that was not opened")?;
                if replay.from_seq > log.last() + 1 {
                    if replay.complete && after <= log.last() {
                        return Err(format!(
                            "{replay:?} says that nothing lacks after {}",
                            log.last()
                        ));
                    }
                    log.first = replay.from_seq;
                    log.words.retain(|seq, _| *seq >= replay.from_seq);
                }
                // Who gets more than it got the first time has it without a gap from there on.
                log.first = log.first.min(replay.from_seq);
                log.replay = Some(*replay);
                (
                    *session,
                    Told::Resumed {
                        from: replay.from_seq,
                        to: replay.to_seq,
                        complete: replay.complete,
                    },
                )
            }
            Delivery::Message { session, seq, message } => {
                let log = self
                    .logs
                    .get_mut(session)
                    .ok_or("a message of a session that was not opened")?;
                let spoken = spoken(message);
                if spoken.line.recalls && spoken.line.replaces.is_none() {
                    // It was taken back after it had been told.
                    log.words.get_mut(seq).into_iter().for_each(|known| known.line.take_back());
                }
                let in_replay = log
                    .replay
                    .is_some_and(|replay| (replay.from_seq..=replay.to_seq).contains(seq));
                let next = log.last() + 1;
                match log.words.get(seq) {
                    Some(known) if !known.may_be(&spoken) => {
                        return Err(format!("{seq} means two things"));
                    }
                    Some(_) if !in_replay => return Err(format!("{seq} is told twice")),
                    Some(_) => {}
                    None if *seq != next => {
                        return Err(format!("{seq} is told and {next} is next"));
                    }
                    None => log.note(*seq, spoken),
                }
                (*session, Told::Message(*seq))
            }
            Delivery::ParticipantJoined { session, participant } => {
                self.logs.entry(*session).or_default().position = None;
                (*session, Told::Joined(participant.number))
            }
            Delivery::ParticipantLeft { session, number } => (*session, Told::Left(*number)),
            Delivery::WatchEnded { session } => (*session, Told::Unwatched),
            Delivery::SessionClosed { session, cause, last_seq, valid, .. } => {
                let log = self.logs.entry(*session).or_default();
                (log.preview, log.typing, log.position) = (String::new(), BTreeSet::new(), None);
                (*session, Told::Closed { cause: *cause, last_seq: *last_seq, valid: *valid })
            }
            Delivery::Preview { session, text, from } => {
                if !self.is_agent() || *from != 1 {
                    return Err("a preview for a visitor".to_owned());
                }
                self.logs.entry(*session).or_default().preview = text.to_string();
                return Ok(None);
            }
            Delivery::Typing { session, from, typing } => {
                let log = self.logs.entry(*session).or_default();
                if *typing {
                    log.typing.insert(*from);
                } else {
                    log.typing.remove(from);
                }
                return Ok(None);
            }
            Delivery::QueuePosition { session, position, .. } => {
                self.logs.entry(*session).or_default().position = Some(*position);
                return Ok(None);
            }
            Delivery::Receipt { session, participant, delivered, read } => {
                let log = self.logs.entry(*session).or_default();
                let earlier =
                    log.receipts.insert(*participant, (*delivered, *read)).unwrap_or_default();
                if read > delivered || *delivered < earlier.0 || *read < earlier.1 {
                    return Err(format!(
                        "a receipt goes from {earlier:?} to {:?}",
                        (delivered, read)
                    ));
                }
                return Ok(None);
            }
            Delivery::RatingAsked(asked) => (asked.session, Told::RatingAsked),
            Delivery::Rated(rated) => (rated.session, Told::Rated(rated.rating.score)),
            Delivery::SessionCleared { session } => (*session, Told::Cleared),
            Delivery::StatusChanged { .. } | Delivery::ReplyDue(_) => return Ok(None),
            Delivery::ReceptionChanged { receiving } => {
                self.icon = self.icon.map(|_| *receiving);
                return Ok(None);
            }
            Delivery::InvitationShown(view) => {
                if self.is_agent() || self.shown.is_some() {
                    return Err(format!(
                        "invitation {} is shown to whom it isn't",
                        view.invitation
                    ));
                }
                self.shown = Some(as_session(view.invitation));
                (as_session(view.invitation), Told::Invited)
            }
            Delivery::InvitationEnded { invitation, outcome, .. } => {
                let invitation = as_session(*invitation);
                if !self.is_agent() && self.shown.take() != Some(invitation) {
                    return Err(format!("an invitation ends that isn't shown: {outcome:?}"));
                }
                (invitation, Told::InvitationEnded(*outcome))
            }
            Delivery::OfferMade(view) => {
                if self.offers.insert(view.offer, view.session).is_some() {
                    return Err(format!("offer {} is made twice", view.offer));
                }
                (view.session, Told::Offered)
            }
            Delivery::OfferEnded { offer, session, outcome } => {
                if self.offers.remove(offer) != Some(*session) {
                    return Err(format!("offer {offer} ends and was not made"));
                }
                (*session, Told::OfferEnded(*outcome))
            }
            // Whoever has followed it all the time has it now.
            Delivery::ParticipantChanged { session, participant } if participant.owns => {
                (*session, Told::Owns(participant.number))
            }
            Delivery::ParticipantChanged { .. } => {
                return Err("one is seen otherwise than before".to_owned());
            }
            Delivery::Room { .. } | Delivery::Announcement(_) => {
                return Err("of a room for one who is in none".to_owned());
            }
            Delivery::VisitorsSnapshot(_)
            | Delivery::VisitorsChanged(_)
            | Delivery::FloorSnapshot(_)
            | Delivery::FloorChanged(_)
            | Delivery::QueuesSnapshot(_)
            | Delivery::QueuesChanged(_)
            | Delivery::HandingEnded(_)
            | Delivery::AskedNext(_)
            | Delivery::SessionWatched { .. } => {
                return Err("a window for one who doesn't watch".to_owned());
            }
        };
        Ok(Some(told))
    }
}

/// The session that a delivery is about.
pub fn session_of(delivery: &Delivery) -> Option<SessionId> {
    match delivery {
        Delivery::SessionOpened(view) => Some(view.session),
        Delivery::Resumed { session, .. }
        | Delivery::Message { session, .. }
        | Delivery::ParticipantJoined { session, .. }
        | Delivery::ParticipantLeft { session, .. }
        | Delivery::ParticipantChanged { session, .. }
        | Delivery::SessionWatched { session, .. }
        | Delivery::SessionClosed { session, .. }
        | Delivery::WatchEnded { session }
        | Delivery::Preview { session, .. }
        | Delivery::Typing { session, .. }
        | Delivery::QueuePosition { session, .. }
        | Delivery::OfferEnded { session, .. }
        | Delivery::Receipt { session, .. } => Some(*session),
        Delivery::OfferMade(offer) => Some(offer.session),
        Delivery::ReplyDue(due) => Some(due.session),
        Delivery::HandingEnded(over) => Some(over.session),
        Delivery::AskedNext(asking) => Some(asking.session),
        Delivery::RatingAsked(asked) => Some(asked.session),
        Delivery::Rated(rated) => Some(rated.session),
        Delivery::SessionCleared { session } => Some(*session),
        Delivery::StatusChanged { .. }
        | Delivery::InvitationShown(_)
        | Delivery::InvitationEnded { .. }
        | Delivery::VisitorsSnapshot(_)
        | Delivery::VisitorsChanged(_)
        | Delivery::FloorSnapshot(_)
        | Delivery::FloorChanged(_)
        | Delivery::QueuesSnapshot(_)
        | Delivery::QueuesChanged(_)
        | Delivery::Room { .. }
        | Delivery::Announcement(_)
        | Delivery::ReceptionChanged { .. } => None,
    }
}

fn spoken(message: &Message) -> Spoken {
    let id = |id: ClientMessageId| u64::from_be_bytes(*id.0.first_chunk().unwrap());
    let words = &message.words;
    let line = Line {
        id: id(words.id),
        body: String::from_utf8_lossy(words.body()).into_owned(),
        audience: words.audience,
        replaces: words.replaces.map(id),
        recalls: words.kind == MessageKind::Recalled,
    };
    Spoken { from: message.from, line, wall_ms: message.wall_ms }
}
