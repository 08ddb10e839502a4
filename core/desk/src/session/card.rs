//! What a session has seldom: the form that its visitor filled in, and how it was rated. Behind a pointer, because most have neither.

use super::{Class, Reader, Session};
use crate::crossing::{Crossing, FloorStep};
use crate::delivery::{CloseCause, Delivery, ParticipantId, Rated, RatingAsked};
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{AgentId, LinkId, Person};
use crate::policy::form::Answer;
use crate::refusal::Refusal;
use crate::time::Now;

/// Longest words of a rating, in bytes.
pub const RATING_BYTES_MAX: usize = 1_024;

/// How a visitor rates a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// 1 to the terms' `score_max`.
    pub score: u8,
    /// Some of the terms' tags.
    pub tags: Vec<Box<str>>,
    /// In words, at most [`RATING_BYTES_MAX`] bytes.
    pub words: Box<str>,
}

/// How far the rating is.
#[derive(Debug, Default)]
enum Rates {
    /// Nobody has asked for it.
    #[default]
    Unasked,
    /// The visitor was asked.
    Asked,
    Given(Rating),
}

/// What a session has seldom.
#[derive(Debug, Default)]
pub(super) struct Card {
    form: Box<[Answer]>,
    rates: Rates,
}

impl Card {
    /// What there is from the beginning: the form, if one was filled in.
    pub(super) fn of_form(form: Box<[Answer]>) -> Option<Box<Self>> {
        (!form.is_empty()).then(|| Box::new(Self { form, rates: Rates::Unasked }))
    }
}

impl Session {
    /// The visitor rates the session, once, also after its end. Those who answered are told. Errors: [`Refusal::SessionNotFound`],
    /// [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::NothingToRate`], [`Refusal::AlreadyRated`], [`Refusal::OutOfRange`],
    /// [`Refusal::UnknownTag`], [`Refusal::TooLong`].
    pub fn rate(
        &mut self,
        person: Person,
        link: LinkId,
        mut rating: Rating,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.speaker(person, link)?.class != Class::Visitor {
            return Err(Refusal::VisitorsOnly);
        }
        self.may_rate(&rating)?;
        rating.tags.sort_unstable();
        rating.tags.dedup();
        let rated = Delivery::Rated(Box::new(Rated { session: self.id, rating: rating.clone() }));
        let (agent, last_owner) = (self.last_owner_id(), self.last_owner);
        if self.is_closed() {
            // The session tells nobody any more; the floor knows whether that agent is there.
            if let Some(agent) = last_owner {
                let told = FloorStep::Rated { agent, told: Box::new(rated) };
                fx.cross(Crossing::ToFloor(self.tenant, told));
            }
        } else {
            fx.tell_each(self.links().filter(|other| **other != link), rated);
        }
        self.card().rates = Rates::Given(rating.clone());
        let event = Event::SessionRated { session: self.id, agent, rating };
        self.keep(event, now, fx);
        Ok(())
    }

    fn may_rate(&self, rating: &Rating) -> Result<(), Refusal> {
        if self.assigned_wall_ms == 0 {
            return Err(Refusal::NothingToRate);
        }
        if matches!(self.rates(), Rates::Given(_)) {
            return Err(Refusal::AlreadyRated);
        }
        let rules = &self.terms.rating;
        if !(1..=rules.score_max).contains(&rating.score) {
            let max = rules.score_max.into();
            return Err(Refusal::OutOfRange { field: "score", min: 1, max });
        }
        if let Some(tag) = rating.tags.iter().find(|tag| !rules.tags.contains(tag)) {
            return Err(Refusal::UnknownTag(tag.clone()));
        }
        if rating.words.len() > RATING_BYTES_MAX {
            return Err(Refusal::TooLong { field: "words", bytes_max: RATING_BYTES_MAX });
        }
        Ok(())
    }

    /// An agent asks the visitor to rate; once. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::SessionClosed`],
    /// [`Refusal::AlreadyRated`].
    pub fn ask_rating(
        &mut self,
        person: Person,
        link: LinkId,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.speaker(person, link)?.class == Class::Visitor {
            return Err(Refusal::AgentsOnly);
        }
        self.open_or_refuse()?;
        if matches!(self.rates(), Rates::Given(_)) {
            return Err(Refusal::AlreadyRated);
        }
        self.ask_to_rate(fx);
        Ok(())
    }

    /// At the end the visitor is asked to rate, if the terms say so, and it had an agent and is there.
    pub(super) fn ask_at_end(&mut self, cause: CloseCause, fx: &mut Effects) {
        if self.terms.rating.at_end && self.says_farewell(cause) {
            self.ask_to_rate(fx);
        }
    }

    fn ask_to_rate(&mut self, fx: &mut Effects) {
        if !matches!(self.rates(), Rates::Unasked) {
            return;
        }
        self.card().rates = Rates::Asked;
        if let Some(visitor) = self.participants.present(Person::Visitor(self.visitor)) {
            fx.tell_each(&visitor.links, self.rating_asked());
        }
    }

    /// What a link of the visitor's that comes up is told, as long as it was asked and hasn't rated.
    pub(super) fn bring_rating(&self, reader: Reader, link: LinkId, fx: &mut Effects) {
        if reader.class == Class::Visitor && matches!(self.rates(), Rates::Asked) {
            fx.tell(link, self.rating_asked());
        }
    }

    fn rating_asked(&self) -> Delivery {
        let rules = &self.terms.rating;
        let (score_max, tags) = (rules.score_max, rules.tags.clone());
        Delivery::RatingAsked(Box::new(RatingAsked { session: self.id, score_max, tags }))
    }

    /// The score that the visitor gave.
    pub(super) fn score(&self) -> Option<u8> {
        match self.rates() {
            Rates::Given(rating) => Some(rating.score),
            Rates::Unasked | Rates::Asked => None,
        }
    }

    /// What was filled in before it, for those who answer.
    pub(super) fn form_for(&self, reader: Reader) -> Box<[Answer]> {
        let card = self.card.as_ref().filter(|_| reader.class != Class::Visitor);
        card.map(|card| card.form.clone()).unwrap_or_default()
    }

    fn rates(&self) -> &Rates {
        self.card.as_ref().map_or(&Rates::Unasked, |card| &card.rates)
    }

    fn card(&mut self) -> &mut Card {
        self.card.get_or_insert_default()
    }

    /// Who has it, or had it last, by name.
    fn last_owner_id(&self) -> Option<AgentId> {
        match &self.participants.past_or_present(Person::Agent(self.last_owner?))?.id {
            ParticipantId::Agent(id) => Some(id.clone()),
            ParticipantId::Visitor(_) => None,
        }
    }
}
