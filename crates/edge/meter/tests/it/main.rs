//! What Prometheus reads. One process has one exposition, so this is one test.

use std::time::Duration;

#[test]
fn a_number_is_read_as_it_was_counted() {
    let exposition = meter::Exposition::install().expect("the first of this process");
    assert!(meter::Exposition::install().is_err(), "only one collects");

    let page = exposition.render();
    has(&page, "ringdown_sip_refused_total{reason=\"stranger\"} 0");
    has(&page, "ringdown_calls 0");
    has(&page, "ringdown_answer_seconds_count 0");
    has(&page, "# TYPE ringdown_sip_refused_total counter");
    has(&page, "# HELP ringdown_calls calls in progress");
    assert!(page.lines().any(|line| line.starts_with("process_open_fds ")), "{page}");

    meter::SIP_REFUSED.count(["stranger"]);
    meter::SIP_REFUSED.add(["sip:mallory@example.org"], 2);
    meter::TRUNK_UP.set(["carrier"], 1.0);
    meter::ANSWER.took([], Duration::from_millis(3));
    let held = meter::HTTP_CONNECTIONS.hold([]);

    let page = exposition.render();
    has(&page, "ringdown_sip_refused_total{reason=\"stranger\"} 1");
    has(&page, "ringdown_sip_refused_total{reason=\"other\"} 2");
    assert!(!page.contains("mallory"), "what comes from outside is no label");
    has(&page, "ringdown_trunk_up{trunk=\"carrier\"} 1");
    has(&page, "ringdown_answer_seconds_bucket{le=\"0.0025\"} 0");
    has(&page, "ringdown_answer_seconds_bucket{le=\"0.005\"} 1");
    has(&page, "ringdown_http_connections 1");
    drop(held);
    has(&exposition.render(), "ringdown_http_connections 0");
}

#[track_caller]
fn has(page: &str, line: &str) {
    assert!(page.lines().any(|known| known == line), "{line} is not in\n{page}");
}
