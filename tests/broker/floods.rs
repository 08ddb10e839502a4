//! What it comes to when a connection asks for the same thing without end.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::control_command::Command as ControlCommand;
use frontdesk::proto::v1::{self, Code};

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_without_end_are_misbehaviour() {
    let house = House::open();
    let mut client = house.client("acme", Role::Visitor, "v-1").await;
    let renew = v1::RenewToken { token: "x".into() };
    let renew = v1::ControlCommand { command: Some(ControlCommand::RenewToken(renew)) };
    for _ in 0..1_000 {
        client.control.send(&renew).await;
    }
    assert_eq!(client.bare.closed().await.code, Code::Misbehaved);
}
