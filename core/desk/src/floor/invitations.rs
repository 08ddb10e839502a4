//! Which agent may invite a visitor, and how many invitations of its are shown.
//!
//! An invitation holds no slot: many are declined. Who invites must have room for one more at that moment.

use super::Floor;
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::id::{AgentId, AgentNo, DepartmentId, DepartmentNo};
use crate::policy::WEIGHT;
use crate::refusal::Refusal;

/// Most invitations of one agent that are shown at once.
pub const INVITATIONS_MAX: u16 = 16;

impl Floor {
    /// Whether an agent may have a session with a visitor whom it approaches, and in which department: the one given, or its first.
    ///
    /// Errors: [`Refusal::InvitationsOff`], [`Refusal::NotSignedOn`], [`Refusal::OtherDepartment`], [`Refusal::AgentFull`].
    pub fn may_approach(
        &self,
        no: AgentNo,
        department: Option<&DepartmentId>,
    ) -> Result<DepartmentNo, Refusal> {
        if !self.policy.invitations.enabled {
            return Err(Refusal::InvitationsOff);
        }
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        let agent = self.agent(no);
        let post = match department {
            None => agent.posts.first().ok_or(Refusal::NotSignedOn)?,
            Some(id) => {
                let known = self.policy.department(id);
                let known = known.ok_or_else(|| Refusal::UnknownDepartment(id.clone()))?;
                agent.post(known).ok_or_else(|| Refusal::OtherDepartment(id.clone()))?
            }
        };
        if !agent.has_room(WEIGHT) || self.is_full(post) {
            return Err(Refusal::AgentFull);
        }
        Ok(post.department)
    }

    /// Counts an invitation that an agent is about to make. It ends by [`FloorStep::InvitationEnded`](crate::crossing::FloorStep).
    ///
    /// Errors: those of [`Floor::may_approach`], and [`Refusal::LimitReached`] at [`INVITATIONS_MAX`].
    pub fn invite(
        &mut self,
        no: AgentNo,
        department: Option<&DepartmentId>,
    ) -> Result<(DepartmentNo, AgentId), Refusal> {
        let department = self.may_approach(no, department)?;
        let agent = self.agent_mut(no);
        if agent.invitations >= INVITATIONS_MAX {
            let max = INVITATIONS_MAX.into();
            return Err(Refusal::LimitReached { what: "invitations of one agent", max });
        }
        agent.invitations += 1;
        Ok((department, agent.id.clone()))
    }

    /// How many invitations of an agent are shown.
    pub fn invitations_of(&self, no: AgentNo) -> u16 {
        self.agent(no).invitations
    }

    pub(super) fn invitation_ended(
        &mut self,
        no: AgentNo,
        told: Option<Box<Delivery>>,
        fx: &mut Effects,
    ) {
        let agent = self.agent_mut(no);
        debug_assert!(agent.invitations > 0, "an invitation of {:?} ended twice", agent.id);
        agent.invitations = agent.invitations.saturating_sub(1);
        if let Some(told) = told {
            fx.tell_each(&agent.links, *told);
        }
    }
}
