//! What happens in a session by its terms: automatic words, the end of those that lie idle, ratings, and what is cleared away.

use super::*;

/// The best score.
const SCORE_MAX: u8 = 5;
/// Sessions of one agent that it may still clear away.
const UNCLEARED_MAX: usize = 64;

/// How far a session is with what is done once.
#[derive(Default)]
pub struct Once {
    /// Words that nobody said, of those that have been said.
    said: Vec<&'static str>,
    asked: bool,
    rated: bool,
    /// Who had it last.
    last: Option<usize>,
    /// Since when its visitor has said nothing to an agent's word.
    pub silent_since: Option<u64>,
    idle_ms: u64,
    has_words: bool,
    asks_at_end: bool,
}

impl Once {
    /// By the rules of the department at that time.
    pub fn by(rules: Rules) -> Self {
        let Rules { idle_ms, has_words, asks_at_end, .. } = rules;
        Self { idle_ms, has_words, asks_at_end, ..Self::default() }
    }
    /// An agent has it: the rules of that time hold from then on.
    pub fn assigned(&mut self, agent: usize, rules: Rules) {
        let Rules { idle_ms, has_words, asks_at_end, .. } = rules;
        (self.idle_ms, self.has_words, self.asks_at_end) = (idle_ms, has_words, asks_at_end);
        self.last = Some(agent);
    }
    pub fn waits(&mut self) {
        self.silent_since = None;
    }
    pub fn visitor_said(&mut self) {
        self.silent_since = None;
    }
    pub fn agent_said(&mut self, now_ms: u64) {
        self.silent_since = Some(now_ms);
    }
    /// When its visitor will have said nothing for too long.
    fn idle_at(&self) -> Option<u64> {
        self.silent_since.filter(|_| self.idle_ms > 0).map(|since| since + self.idle_ms)
    }
}

impl Reference {
    /// Nobody says something, once.
    pub fn says_by_itself(&mut self, at: usize, words: &'static str) {
        let there = &mut self.sessions[at];
        if !there.once.has_words || there.once.said.contains(&words) {
            return;
        }
        there.once.said.push(words);
        let tenant = there.tenant;
        self.enters_by_itself(at, words);
        self.tenants[tenant].messages += 1;
        self.tell_words(at, None);
        self.noted.push("automatic words");
    }
    /// Those end whose visitors have said nothing for too long.
    pub fn sessions_lie_idle(&mut self, tenant: usize) {
        for at in 0..self.sessions.len() {
            let session = &self.sessions[at];
            let is_due = session.once.idle_at().is_some_and(|idle_at| idle_at <= self.now_ms);
            if session.tenant == tenant && is_due && !session.is_closed() {
                self.noted.push("sessions that lay idle");
                self.end(at, CloseCause::Idle);
            }
        }
    }
    /// The last words of a session, and the question that comes with them.
    pub fn last_words(&mut self, at: usize, cause: CloseCause) {
        let one = matches!(cause, CloseCause::Visitor | CloseCause::Agent | CloseCause::Idle);
        if !one || self.sessions[at].once.last.is_none() {
            return;
        }
        self.says_by_itself(at, "bye");
        if self.sessions[at].once.asks_at_end {
            self.asks_to_rate(at);
        }
    }
    fn asks_to_rate(&mut self, at: usize) {
        let Session { id, tenant, visitor, .. } = self.sessions[at];
        let once = &mut self.sessions[at].once;
        if once.rated || std::mem::replace(&mut once.asked, true) {
            return;
        }
        for link in self.links_of(tenant, visitor) {
            self.tell(link, id, Told::RatingAsked);
        }
    }
    /// A link of the visitor's that comes up is asked as the others were.
    pub fn bring_rating(&mut self, at: usize, link: LinkId) {
        let session = &self.sessions[at];
        if session.once.asked && !session.once.rated {
            self.tell(link, session.id, Told::RatingAsked);
        }
    }
    pub fn ask_rating(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        id: SessionId,
    ) -> Result<(), Refusal> {
        if !matches!(person, Person::Agent(_)) {
            return Err(Refusal::AgentsOnly);
        }
        let (at, _) = self.speaker(link, tenant, person, id)?;
        if self.sessions[at].is_closed() {
            return Err(Refusal::SessionClosed);
        }
        if self.sessions[at].once.rated {
            return Err(Refusal::AlreadyRated);
        }
        self.asks_to_rate(at);
        Ok(())
    }
    pub fn rate(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        id: SessionId,
        score: u8,
    ) -> Result<(), Refusal> {
        if !matches!(person, Person::Visitor(_)) {
            return Err(Refusal::VisitorsOnly);
        }
        let (at, _) = self.speaker(link, tenant, person, id)?;
        let once = &self.sessions[at].once;
        let Some(last) = once.last else { return Err(Refusal::NothingToRate) };
        if once.rated {
            return Err(Refusal::AlreadyRated);
        }
        if !(1..=SCORE_MAX).contains(&score) {
            return Err(Refusal::OutOfRange { field: "score", min: 1, max: SCORE_MAX.into() });
        }
        self.sessions[at].once.rated = true;
        if self.sessions[at].is_closed() {
            for link in self.links_of(tenant, super::person(last)) {
                self.tell(link, id, Told::Rated(score));
            }
        } else {
            self.tell_all(at, &Told::Rated(score), Some(link));
        }
        Ok(())
    }
    /// An agent may clear away what it had to the end.
    pub fn leaves_uncleared(&mut self, tenant: usize, agent: usize, id: SessionId) {
        let uncleared = &mut self.tenants[tenant].agents[agent].uncleared;
        uncleared.push(id);
        let surplus = uncleared.len().saturating_sub(UNCLEARED_MAX);
        uncleared.drain(..surplus);
    }
    pub fn clear_away(
        &mut self,
        link: LinkId,
        tenant: usize,
        agent: usize,
        id: SessionId,
    ) -> Result<(), Refusal> {
        let holds = |at: usize| self.sessions[at].id == id;
        if self.held(tenant, agent).into_iter().any(holds) {
            return Err(Refusal::NotClosed);
        }
        let uncleared = &mut self.tenants[tenant].agents[agent].uncleared;
        let place = uncleared.iter().position(|other| *other == id);
        uncleared.remove(place.ok_or(Refusal::SessionNotFound)?);
        for other in self.links_of(tenant, person(agent)) {
            if other != link {
                self.tell(other, id, Told::Cleared);
            }
        }
        // It may write none.
        let _ = self.finish_notes(tenant, agent, Some(id));
        Ok(())
    }
}
