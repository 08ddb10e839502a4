//! What agents ask to watch of a floor.

use frontdesk_desk::id::DepartmentId;

/// Which departments and agents are to be watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorQuery {
    /// These departments, at most 64, each of them one that the link reaches. None: all that it reaches, those to come too.
    pub departments: Vec<DepartmentId>,
    /// How many of the agents who receive for them, at most 1,000: the first ones by id.
    pub agents: u16,
}

/// Whose queues are to be watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueuesQuery {
    /// Those of these departments, 1 to 16, each of them one that the link reaches.
    pub departments: Vec<DepartmentId>,
    /// How many of those who wait in each, from its head, 1 to 200.
    pub rows: u16,
}
