//! What the holder of an agent's link may, beyond what every agent may.

use std::sync::Arc;

use crate::id::DepartmentId;

/// What an agent's link is attached as. It belongs to the link and not to the agent: each device comes with a token of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// One who answers visitors.
    #[default]
    Agent,
    /// An agent that is a program.
    Bot,
    /// An agent who may also supervise others.
    Supervisor,
    /// A supervisor who also decides what holds for the tenant.
    Admin,
}

impl Role {
    /// Whether it may watch the sessions of others.
    pub fn supervises(self) -> bool {
        matches!(self, Self::Supervisor | Self::Admin)
    }
}

/// The departments that somebody may act in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All of the tenant, those to come too.
    #[default]
    All,
    /// These and no others; they need not exist.
    Only(Arc<[DepartmentId]>),
}

impl Reach {
    /// Whether a department is one of them.
    pub fn covers(&self, department: &DepartmentId) -> bool {
        match self {
            Self::All => true,
            Self::Only(departments) => departments.contains(department),
        }
    }
}
