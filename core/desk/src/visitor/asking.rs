//! How a visitor comes to a session: it asks, or one begins that it accepted or is forced into. The record reserves the id, and knows
//! where the session is from then on.

use smallvec::SmallVec;

use super::invited::Invited;
use super::{Means, Visitor};
use crate::chance::Chance;
use crate::crossing::{Crossing, Request, SessionStep};
use crate::delivery::BeginCause;
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentNo, ChannelNo, DepartmentNo, SessionId, VisitorRef};
use crate::policy::form::Answer;
use crate::policy::{Existence, Policy, SkillSet};
use crate::time::Now;
use crate::visitor::Stage;
use crate::wish::Wish;

/// What an ask came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// A session that is about to open.
    New(SessionId),
    /// The one that the visitor has.
    Running(SessionId),
}

/// A request that a visitor makes, or that is made for it.
#[derive(Clone, Debug)]
pub struct Asking {
    /// What is asked.
    pub wish: Box<Wish>,
    /// The department in whose queue it is.
    pub home: DepartmentNo,
    /// How it came about.
    pub begin: BeginCause,
    /// The agent that has it from the beginning, if it has room.
    pub claimed_by: Option<AgentNo>,
    /// What was filled in, checked; in the form's order.
    pub form: Box<[Answer]>,
}

/// What a visitor has with those who answer: behind a pointer, because most visitors have nothing.
#[derive(Debug, Default)]
pub(super) struct Dealings {
    pub(super) session: Option<SessionId>,
    pub(super) invited: Option<Box<Invited>>,
}

impl Visitor {
    /// Asks for a session. If the visitor has one, that is the answer.
    pub fn ask(
        &mut self,
        me: VisitorRef,
        asking: Asking,
        policy: &Policy,
        now: Now,
        chance: &mut Chance,
        fx: &mut Effects,
    ) -> Reserved {
        if let Some(session) = self.session() {
            return Reserved::Running(session);
        }
        let session = SessionId::random(chance);
        self.set_session(Some(session));
        self.marks.set_session(Some((asking.home, Stage::Waiting)));
        let Asking { wish, home, begin, claimed_by, form } = asking;
        self.session_began(session, begin, now, fx);
        let home_id = policy.department_at(home).id.clone();
        fx.keep(Fact {
            tenant: self.tenant,
            wall_ms: now.wall_ms,
            event: Event::SessionAsked {
                session,
                visitor: wish.visitor.clone(),
                department: home_id.clone(),
                priority_ms: wish.priority_ms,
                begin,
                form: form.clone(),
            },
        });
        let tenant = self.tenant;
        let terms = policy.session_terms(home, wish.site);
        let request = Request {
            tenant,
            visitor: me,
            home,
            home_id,
            wish,
            begin,
            claimed_by,
            asked: now,
            terms,
            form,
        };
        fx.cross(Crossing::ToSession(
            session,
            SessionStep::Open(request, SmallVec::from_slice(self.links())),
        ));
        Reserved::New(session)
    }

    /// Its session is elsewhere now: with an agent, in a queue again, in another department. A session that isn't the
    /// visitor's current one changes nothing.
    pub fn session_moved(&mut self, session: SessionId, department: DepartmentNo, stage: Stage) {
        if self.session() == Some(session) {
            self.marks.set_session(Some((department, stage)));
        }
    }

    /// Its region as its front end wrote it; empty for unknown.
    pub fn region_text(&self) -> Box<str> {
        self.arrival.as_ref().map_or_else(Default::default, |arrival| arrival.region.clone())
    }

    /// What it wants if it names nobody: to be received as its site's style says.
    pub fn wish(&mut self) -> Wish {
        Wish {
            visitor: self.id.share(),
            site: self.site,
            department: None,
            agent: None,
            region: self.region_text(),
            skills: SkillSet::NONE,
            channel: ChannelNo::default(),
            priority_ms: 0,
            knew: None,
        }
    }

    /// Its session is over. A session that isn't the visitor's current one changes nothing.
    pub fn session_ended(&mut self, session: SessionId) {
        if self.session() == Some(session) {
            self.set_session(None);
            self.marks.set_session(None);
        }
    }

    /// Has a session begin that the visitor didn't ask for by itself. Ends the invitation that is shown.
    pub(super) fn begin(
        &mut self,
        me: VisitorRef,
        begin: BeginCause,
        department: Option<DepartmentNo>,
        claimed_by: Option<AgentNo>,
        with: &mut Means<'_>,
    ) -> SessionId {
        let policy = with.policy;
        let is_present =
            |no: &DepartmentNo| policy.department_at(*no).existence == Existence::Present;
        let department = department.filter(is_present);
        let home = department.unwrap_or_else(|| policy.style_of(self.site).home);
        let wish = Wish { department, ..self.wish() };
        let form = Box::default();
        let asking = Asking { wish: Box::new(wish), home, begin, claimed_by, form };
        match self.ask(me, asking, policy, with.now, with.chance, with.fx) {
            Reserved::New(session) | Reserved::Running(session) => session,
        }
    }

    pub(super) fn set_session(&mut self, session: Option<SessionId>) {
        match (&mut self.dealings, session) {
            (None, None) => {}
            (Some(dealings), session) => dealings.session = session,
            (none, session) => *none = Some(Box::new(Dealings { session, invited: None })),
        }
    }
}
