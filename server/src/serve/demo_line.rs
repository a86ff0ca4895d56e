//! Starts the application that answers the numbers of the demo.

use call_engine::InProcessApp;
use demo_line::DemoLine;
use event_edge::Events;
use switchboard::Board;
use tenant::Directory;

/// It is told of calls as any application is, and takes those that nobody else subscribed to.
pub fn start(board: &Board, events: &Events, directory: &Directory) {
    let numbers = directory.resources().iter().flat_map(|resource| resource.numbers.iter().cloned());
    let (line, told, inbox) = DemoLine::new(board.clone(), numbers.collect());
    events.register_in_process(InProcessApp::DemoLine, told);
    tokio::spawn(line.run(inbox));
}
