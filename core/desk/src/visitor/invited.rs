//! Whether a visitor is invited: by an agent, or by a rule of the policy when it looks at pages.
//!
//! ```text
//!             an agent invites, or a rule holds and somebody is free
//!   nothing ─────────────────────────────────────────────────────────▶ shown
//!      ▲   answered, taken back, its time is over, a session begins,     │
//!      └───────────────────── the visitor is gone ───────────────────────┘
//! ```
//!
//! One is shown at a time, and each ends once, with an outcome. It holds no slot: who accepts goes to the agent who invited it if that one
//! has room, and else waits like others. What is kept here lies behind a pointer that visitors who are never invited don't have.

use smallvec::SmallVec;

use super::{Means, Reserved, Visitor};
use crate::crossing::{Crossing, FloorStep};
use crate::delivery::{BeginCause, Delivery, InvitationOutcome, InvitationView, Inviter, Presence};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentId, AgentNo, DepartmentNo, InvitationId, LinkId, SessionId, VisitorRef};
use crate::policy::hours::{Hours, Opening};
use crate::policy::invitations::{Holds, Seen};
use crate::refusal::Refusal;
use crate::time::Now;

/// No instant.
const NEVER: u64 = u64::MAX;
/// Rules are looked at again after so long at the latest, so that no visitor has old entries with whoever keeps the time for longer.
const LOOK_MS_MAX: u64 = 600_000;
/// How long a rule that holds while nobody is free isn't looked at, at first; each further look comes after twice as long.
const FIRST_PAUSE_MS: u64 = 5_000;
/// The longest such pause: 320 seconds.
const DOUBLINGS_MAX: u8 = 6;

/// An invitation to be made by hand.
#[derive(Clone, Debug)]
pub struct Inviting {
    /// The agent who invites.
    pub by: AgentNo,
    /// The same, by name.
    pub by_id: AgentId,
    /// The department that receives who accepts.
    pub department: DepartmentNo,
    /// What is shown.
    pub text: Box<str>,
}

/// What a visitor says to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Accept,
    /// No.
    Decline,
    /// Neither.
    Ignore,
}

/// An invitation to a visitor, as its agent is answered: which one, and until when it is shown, in milliseconds since 1970.
pub type ToldInvitation = (InvitationId, u64);

/// What inviting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One that was not there before.
    New(ToldInvitation),
    /// The agent's own that is shown already.
    Running(ToldInvitation),
}

/// One that is shown.
#[derive(Debug)]
struct Invitation {
    view: InvitationView,
    /// The agent who made it; `None` if a rule did.
    agent: Option<AgentNo>,
    /// The department that receives who accepts.
    department: Option<DepartmentNo>,
    /// Where it would wait.
    home: DepartmentNo,
    until_mono_ms: u64,
    /// How long no rule invites the visitor after it, unless it is accepted.
    pause_ms: u64,
}

/// What is kept of a visitor who was invited or may be invited by rule.
#[derive(Debug)]
pub(super) struct Invited {
    shown: Option<Invitation>,
    /// The one that the visitor accepted last, and the session that began with it.
    accepted: Option<(InvitationId, SessionId)>,
    /// Invitations that rules have made in this visit.
    by_rule: u16,
    /// No rule invites it any more in this visit: it declined, or had a session.
    is_left_alone: bool,
    /// No rule invites it before.
    rests_until_mono_ms: u64,
    /// Looks in a row at which a rule held and nobody was free.
    vain_looks: u8,
    /// When rules are looked at next.
    look_at_mono_ms: u64,
    since_mono_ms: u64,
    page_since_mono_ms: u64,
    /// The earliest deadline that whoever keeps the time has an entry for.
    noted_mono_ms: u64,
}

impl Invited {
    pub(super) fn new(now: Now) -> Self {
        Self {
            shown: None,
            accepted: None,
            by_rule: 0,
            is_left_alone: false,
            rests_until_mono_ms: 0,
            vain_looks: 0,
            look_at_mono_ms: NEVER,
            since_mono_ms: now.mono_ms,
            page_since_mono_ms: now.mono_ms,
            noted_mono_ms: NEVER,
        }
    }

    /// When the shown one ends or rules are looked at.
    pub(super) fn deadline(&self) -> u64 {
        let shown = self.shown.as_ref().map_or(NEVER, |shown| shown.until_mono_ms);
        shown.min(self.look_at_mono_ms)
    }
}

impl Invitation {
    fn told(&self) -> ToldInvitation {
        (self.view.invitation, self.view.until_wall_ms)
    }
}

impl Visitor {
    /// Whether it is shown an invitation.
    pub fn is_invited(&self) -> bool {
        self.shown().is_some()
    }

    /// Where it would wait if it accepted what a rule shows it; `None` if no rule does.
    pub fn invited_by_rule(&self) -> Option<DepartmentNo> {
        let shown = self.shown()?;
        shown.agent.is_none().then_some(shown.home)
    }

    /// The agent whose invitation it is shown.
    pub fn invited_by(&self) -> Option<AgentNo> {
        self.shown()?.agent
    }

    /// The invitation of an agent that it is shown.
    pub fn shown_by(&self, agent: AgentNo) -> Option<ToldInvitation> {
        self.shown().filter(|shown| shown.agent == Some(agent)).map(Invitation::told)
    }

    /// Shows it an agent's invitation: which one, until when by the clock on the wall, and whether it is a new one. The agent's own that is
    /// shown already stays. Errors: [`Refusal::VisitorInSession`], [`Refusal::InvitedAlready`] by others.
    pub fn invite(&mut self, inviting: Inviting, with: &mut Means<'_>) -> Result<Shown, Refusal> {
        if self.session().is_some() {
            return Err(Refusal::VisitorInSession);
        }
        let Inviting { by, by_id, department, text } = inviting;
        match self.shown() {
            Some(shown) if shown.agent == Some(by) => Ok(Shown::Running(shown.told())),
            Some(_) => Err(Refusal::InvitedAlready),
            None => {
                let by_id = Inviter::Agent(by_id);
                Ok(Shown::New(self.show(by_id, Some(by), Some(department), text, with)))
            }
        }
    }

    /// Opens a session that an agent forces upon it. Errors: [`Refusal::VisitorInSession`].
    pub fn force(
        &mut self,
        me: VisitorRef,
        by: AgentNo,
        department: DepartmentNo,
        with: &mut Means<'_>,
    ) -> Result<SessionId, Refusal> {
        if self.session().is_some() {
            return Err(Refusal::VisitorInSession);
        }
        Ok(self.begin(me, BeginCause::Forced, Some(department), Some(by), with))
    }

    /// Answers the invitation that it is shown. Who accepts has a session; to accept once more is answered the same while that session lasts.
    /// Errors: [`Refusal::InvitationEnded`] for any other one.
    pub fn answer(
        &mut self,
        me: VisitorRef,
        invitation: InvitationId,
        answer: Answer,
        with: &mut Means<'_>,
    ) -> Result<Option<Reserved>, Refusal> {
        let accepted = self.invited().and_then(|invited| invited.accepted);
        if let Some((last, session)) = accepted
            && (last, answer, self.session()) == (invitation, Answer::Accept, Some(session))
        {
            return Ok(Some(Reserved::Running(session)));
        }
        let shown = self.shown().filter(|shown| shown.view.invitation == invitation);
        let department = shown.ok_or(Refusal::InvitationEnded)?.department;
        let outcome = match answer {
            Answer::Decline => InvitationOutcome::Declined,
            Answer::Ignore => InvitationOutcome::Ignored,
            Answer::Accept => {
                let inviter = self.invited_by();
                let session = self.begin(me, BeginCause::Invitation, department, inviter, with);
                if let Some(invited) = self.invited_mut() {
                    invited.accepted = Some((invitation, session));
                }
                return Ok(Some(Reserved::New(session)));
            }
        };
        self.end_invitation(outcome, with.now, with.fx);
        Ok(None)
    }

    /// Takes an invitation back. Errors: [`Refusal::InvitationEnded`] for one that isn't shown or is another agent's.
    pub fn withdraw(
        &mut self,
        invitation: InvitationId,
        by: AgentNo,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let is_meant = self.shown().is_some_and(|shown| shown.view.invitation == invitation);
        if !is_meant || self.invited_by() != Some(by) {
            return Err(Refusal::InvitationEnded);
        }
        self.end_invitation(InvitationOutcome::Withdrawn, now, fx);
        Ok(())
    }

    /// Looks whether a rule invites it: when it has come, has gone to another page or [wants it](Visitor::wants_look).
    ///
    /// `is_free` says whether somebody is free for one more who would be invited, in a department or, with `None`, as the site's style says.
    /// While nobody is, a rule that holds is looked at again, ever more rarely. `opening` says what the hours of a rule, which is named by its
    /// place, say of now.
    pub fn look(
        &mut self,
        is_free: impl Fn(&Self, Option<DepartmentNo>) -> bool,
        opening: impl Fn(usize, &Hours) -> Opening,
        with: &mut Means<'_>,
    ) {
        let (policy, now) = (with.policy, with.now);
        if let Some(invited) = self.invited_mut() {
            invited.look_at_mono_ms = NEVER;
        }
        if policy.invitation_rules().is_empty() {
            return;
        }
        let (is_away, is_busy) = (self.presence() == Presence::Away, self.session().is_some());
        let invited = self.invited_or_new(now);
        let is_done = invited.is_left_alone || invited.by_rule >= policy.invitations.per_visit_max;
        if is_done || is_away || is_busy || invited.shown.is_some() {
            return;
        }
        if invited.rests_until_mono_ms > now.mono_ms {
            invited.look_at_mono_ms = soon(invited.rests_until_mono_ms, now);
            return;
        }
        let pause_ms = FIRST_PAUSE_MS << invited.vain_looks.min(DOUBLINGS_MAX);
        let mut soonest_ms = None;
        let mut in_vain = false;
        for (place, rule) in policy.invitation_rules().iter().enumerate() {
            match rule.holds(&self.seen(now), now.wall_ms, |hours| opening(place, hours)) {
                Holds::No => {}
                Holds::In(ms) => soonest_ms = soonest_ms.into_iter().chain([ms]).min(),
                Holds::Now if is_free(self, rule.department) => {
                    let by = Inviter::Rule(rule.is.id.clone());
                    self.show(by, None, rule.department, rule.is.text.clone(), with);
                    return;
                }
                Holds::Now => {
                    in_vain = true;
                    soonest_ms = soonest_ms.into_iter().chain([pause_ms]).min();
                }
            }
        }
        if let Some(invited) = self.invited_mut() {
            invited.vain_looks = invited.vain_looks.saturating_add(u8::from(in_vain));
            let look_at = |ms: u64| now.mono_ms.saturating_add(ms.min(LOOK_MS_MAX));
            invited.look_at_mono_ms = soonest_ms.map_or(NEVER, look_at);
        }
    }

    /// Whether rules are to be looked at now.
    pub fn wants_look(&self, now: Now) -> bool {
        self.invited().is_some_and(|invited| invited.look_at_mono_ms <= now.mono_ms)
    }

    /// Notes that whoever keeps the time has an entry for the deadline; true if it had none that comes as soon. Only for one who was invited
    /// or may be.
    pub(super) fn note_invited_deadline(&mut self, deadline: u64) -> Option<bool> {
        let invited = self.invited_mut()?;
        let is_nearer = deadline < invited.noted_mono_ms;
        if is_nearer {
            invited.noted_mono_ms = deadline;
        }
        Some(is_nearer)
    }

    /// An entry has come; whether there is a later one is not known.
    pub(super) fn invited_entry_came(&mut self, now: Now) {
        if let Some(invited) = self.invited_mut()
            && invited.noted_mono_ms <= now.mono_ms
        {
            invited.noted_mono_ms = NEVER;
        }
    }

    /// No entry is there any more.
    pub(super) fn invited_entries_gone(&mut self) {
        if let Some(invited) = self.invited_mut() {
            invited.noted_mono_ms = NEVER;
        }
    }

    /// Ends what has had its time.
    pub(super) fn expire_invitation(&mut self, now: Now, fx: &mut Effects) {
        if self.shown().is_some_and(|shown| shown.until_mono_ms <= now.mono_ms) {
            self.end_invitation(InvitationOutcome::Expired, now, fx);
        }
    }

    /// Notes that the visitor has gone to another page.
    pub(super) fn turned_page(&mut self, now: Now) {
        if let Some(invited) = self.invited_mut() {
            invited.page_since_mono_ms = now.mono_ms;
            invited.vain_looks = 0;
        }
    }

    /// Shows a link that comes up what the others are shown.
    pub(super) fn show_link(&self, link: LinkId, fx: &mut Effects) {
        if let Some(shown) = self.shown() {
            fx.tell(link, Delivery::InvitationShown(Box::new(shown.view.clone())));
        }
    }

    /// Ends the invitation that is shown, if one is, because a session begins.
    pub(super) fn session_began(
        &mut self,
        session: SessionId,
        begin: BeginCause,
        now: Now,
        fx: &mut Effects,
    ) {
        let outcome = match begin {
            BeginCause::Invitation => InvitationOutcome::Accepted(session),
            BeginCause::Visitor | BeginCause::Forced | BeginCause::Gateway => {
                InvitationOutcome::SessionBegan(session)
            }
        };
        if let Some(invited) = self.invited_mut() {
            invited.is_left_alone = true;
            invited.look_at_mono_ms = NEVER;
        }
        self.end_invitation(outcome, now, fx);
    }

    /// Ends the invitation that is shown, if one is.
    pub(super) fn end_invitation(
        &mut self,
        outcome: InvitationOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(invited) = self.invited_mut() else { return };
        let Some(ended) = invited.shown.take() else { return };
        invited.is_left_alone |= outcome == InvitationOutcome::Declined;
        invited.rests_until_mono_ms = now.mono_ms.saturating_add(ended.pause_ms);
        if !invited.is_left_alone {
            invited.look_at_mono_ms = soon(invited.rests_until_mono_ms, now);
        }
        let (tenant, visitor, invitation) = (self.tenant, self.id(), ended.view.invitation);
        let event = Event::InvitationEnded { invitation, visitor: visitor.clone(), outcome };
        fx.keep(Fact { tenant, wall_ms: now.wall_ms, event });
        let links: SmallVec<[LinkId; 1]> = SmallVec::from_slice(self.links());
        let told = Delivery::InvitationEnded { invitation, visitor, outcome };
        fx.tell_each(&links, told.clone());
        if let Some(agent) = ended.agent {
            let step = FloorStep::InvitationEnded { agent, told: Some(Box::new(told)) };
            fx.cross(Crossing::ToFloor(tenant, step));
        }
    }

    fn show(
        &mut self,
        by: Inviter,
        agent: Option<AgentNo>,
        department: Option<DepartmentNo>,
        text: Box<str>,
        with: &mut Means<'_>,
    ) -> ToldInvitation {
        let Means { policy, now, chance, fx } = with;
        let rules = &policy.invitations;
        let view = InvitationView {
            invitation: InvitationId::random(chance),
            by,
            department: department.map(|no| policy.department_at(no).id.clone()),
            text,
            until_wall_ms: now.wall_ms.saturating_add(rules.shown_ms),
        };
        fx.keep(Fact {
            tenant: self.tenant,
            wall_ms: now.wall_ms,
            event: Event::Invited {
                invitation: view.invitation,
                visitor: self.id(),
                by: view.by.clone(),
                policy: policy.version,
            },
        });
        fx.tell_each(self.links(), Delivery::InvitationShown(Box::new(view.clone())));
        let told = (view.invitation, view.until_wall_ms);
        let home = department.unwrap_or_else(|| policy.style_of(self.site).home);
        let invited = self.invited_or_new(*now);
        if agent.is_none() {
            invited.by_rule = invited.by_rule.saturating_add(1);
            invited.vain_looks = 0;
        }
        invited.look_at_mono_ms = NEVER;
        invited.shown = Some(Invitation {
            view,
            agent,
            department,
            home,
            until_mono_ms: now.mono_ms.saturating_add(rules.shown_ms),
            pause_ms: rules.pause_ms,
        });
        told
    }

    fn seen(&self, now: Now) -> Seen<'_> {
        let since = self.invited();
        let page_since = since.map_or(now.mono_ms, |invited| invited.page_since_mono_ms);
        let since = since.map_or(now.mono_ms, |invited| invited.since_mono_ms);
        Seen {
            site: self.site,
            page: self.trail.page(),
            pages: self.trail.pages(),
            arrival: self.arrival.as_deref(),
            visit: self.visit(),
            page_ms: now.mono_ms.saturating_sub(page_since),
            visit_ms: now.mono_ms.saturating_sub(since),
        }
    }

    fn shown(&self) -> Option<&Invitation> {
        self.invited()?.shown.as_ref()
    }

    pub(super) fn invited(&self) -> Option<&Invited> {
        self.dealings.as_ref()?.invited.as_deref()
    }

    fn invited_mut(&mut self) -> Option<&mut Invited> {
        self.dealings.as_mut()?.invited.as_deref_mut()
    }

    fn invited_or_new(&mut self, now: Now) -> &mut Invited {
        let dealings = self.dealings.get_or_insert_default();
        dealings.invited.get_or_insert_with(|| Box::new(Invited::new(now)))
    }
}

/// An instant, or that of the latest look before it.
fn soon(at_mono_ms: u64, now: Now) -> u64 {
    at_mono_ms.min(now.mono_ms.saturating_add(LOOK_MS_MAX))
}
