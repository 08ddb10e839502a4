//! What agents ask to watch of the floor and its queues.

use frontdesk_desk::id::DepartmentId;
use frontdesk_engine::{Command, FloorQuery, QueuesQuery};
use frontdesk_proto::limits::{
    FLOOR_AGENTS_MAX, FLOOR_DEPARTMENTS_MAX, QUEUES_MAX, WATCH_ROWS_DEFAULT, WATCH_ROWS_MAX,
};
use frontdesk_proto::v1;

use super::{Caller, Refused, id, reached};

pub(super) fn watch_floor(watch: &v1::WatchFloor, caller: &Caller) -> Result<Command, Refused> {
    let fault = "a watch of the floor names at most 64 departments; name none to watch all";
    let departments = departments(&watch.departments, FLOOR_DEPARTMENTS_MAX, fault, caller)?;
    let agents = match u16::try_from(watch.agents) {
        Ok(agents) if watch.agents <= FLOOR_AGENTS_MAX => agents,
        _ => return Err(Refused::bad_value("agents", "a watch shows at most 1,000 agents")),
    };
    Ok(Command::WatchFloor(Box::new(FloorQuery { departments, agents })))
}

pub(super) fn watch_queues(watch: &v1::WatchQueues, caller: &Caller) -> Result<Command, Refused> {
    if watch.departments.is_empty() {
        return Err(Refused::missing("departments"));
    }
    let fault = "a watch of queues names at most 16 departments";
    let departments = departments(&watch.departments, QUEUES_MAX, fault, caller)?;
    let rows = if watch.rows == 0 { WATCH_ROWS_DEFAULT } else { watch.rows };
    let rows = match u16::try_from(rows) {
        Ok(window) if rows <= WATCH_ROWS_MAX => window,
        _ => return Err(Refused::bad_value("rows", "a watch has at most 200 rows")),
    };
    Ok(Command::WatchQueues(Box::new(QueuesQuery { departments, rows })))
}

fn departments(
    names: &[String],
    max: usize,
    fault: &'static str,
    caller: &Caller,
) -> Result<Vec<DepartmentId>, Refused> {
    if names.len() > max {
        return Err(Refused::bad_value("departments", fault));
    }
    let mut departments = Vec::with_capacity(names.len());
    for name in names {
        let department = id("departments", name, DepartmentId::new)?;
        reached(&department, caller)?;
        departments.push(department);
    }
    Ok(departments)
}
