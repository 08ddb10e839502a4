//! A tenant's policy: what an admin's link does about it.

use frontdesk_proto::v1::{self, command::Command, delivery::Reply};

use crate::error::RequestError;
use crate::link::AgentLink;

impl AgentLink {
    /// Reads the policy in force. By admins whose token holds for all departments.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_policy(&self) -> Result<v1::Policy, RequestError> {
        match self.request(Command::ReadPolicy(v1::ReadPolicy {})).await? {
            Reply::Policy(policy) => Ok(*policy),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Puts another policy in the place of the one whose version is `made_from`, whole or not at all, and answers with the new
    /// version once it is kept. Read the one in force, change it, and give it back with its version: what it leaves out is taken away.
    /// By admins whose token holds for all departments.
    ///
    /// # Errors
    /// [`RequestError::Refused`] with BAD_POLICY, whose [`faults`](crate::Refusal::faults) say where and what; with POLICY_OUTDATED, when
    /// another policy is in force by now; with NOT_KEPT, when the broker's disk is at fault. And the others.
    pub async fn replace_policy(
        &self,
        policy: v1::Policy,
        made_from: u64,
    ) -> Result<u64, RequestError> {
        let replace = v1::ReplacePolicy { policy: Some(policy), made_from };
        match self.request(Command::ReplacePolicy(Box::new(replace))).await? {
            Reply::PolicyReplaced(replaced) => Ok(replaced.version),
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}
