//! That rooms and floors agree: the same rooms, with the same members, each followed by all links that the member has.

use std::collections::HashMap;

use frontdesk_desk::id::{AgentNo, RoomId};

use super::{Engine, Held};

impl Engine {
    pub(super) fn rooms_agree(&self, held: &Held<'_>, faults: &mut Vec<String>) {
        let mut on_floors: HashMap<RoomId, (usize, &[AgentNo])> = HashMap::new();
        for (no, books) in held.floors.iter().enumerate() {
            on_floors.extend(books.floor.rooms().map(|(room, members)| (room, (no, members))));
        }
        for records in &held.rooms {
            for id in records.unwatched() {
                faults.push(format!("room {id} has a deadline that nothing looks at"));
            }
            for room in records.iter() {
                let id = room.id();
                let tenant = room.tenant().0 as usize;
                let Some((floor, members)) = on_floors.remove(&id) else {
                    faults.push(format!("room {id} is on no floor"));
                    continue;
                };
                let in_it: Vec<AgentNo> = room.members().map(|(agent, _)| agent).collect();
                let is_same = in_it.len() == members.len()
                    && members.iter().all(|agent| in_it.contains(agent));
                if floor != tenant || !is_same {
                    faults.push(format!(
                        "room {id} of {tenant} has {in_it:?}, the floor {floor} {members:?}"
                    ));
                    continue;
                }
                for (agent, links) in room.members() {
                    let has = held.floors[tenant].floor.agent(agent).links();
                    if !super::is_same_set(links, has) {
                        faults.push(format!("room {id} is followed by {links:?} of {has:?}"));
                    }
                }
            }
        }
        faults.extend(on_floors.into_keys().map(|id| format!("room {id} is on a floor only")));
    }
}
