//! The conformance tests: one file for each thing a user does.

mod peers_without_a_server;
