//! RTCP: reports, names and goodbyes (RFC 3550 §6).

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
/// The SDES item that names a participant across restarts.
const CNAME: u8 = 1;
const REPORT_BLOCK: usize = 24;

/// What one sender says about itself (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall-clock time, in 2^-32 seconds since 1900.
    pub ntp: u64,
    /// The same moment as an RTP timestamp.
    pub timestamp: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub bytes: u32,
}

/// What one receiver says about one sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The sender.
    pub ssrc: u32,
    /// Share of packets lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost in all; 24 bits, negative when duplicates outnumber losses.
    pub lost: i32,
    /// The highest sequence number, extended by the count of wraps.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of the last sender report.
    pub last_sender_report: u32,
    /// Since that report, in 1/65536 seconds.
    pub delay_since: u32,
}

/// One packet of a compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlPacket<'a> {
    /// From someone who sends sound.
    SenderReport {
        /// Who says so.
        ssrc: u32,
        /// About itself.
        info: SenderInfo,
        /// About others.
        reports: ReportBlocks<'a>,
    },
    /// From someone who only listens.
    ReceiverReport {
        /// Who says so.
        ssrc: u32,
        /// About others.
        reports: ReportBlocks<'a>,
    },
    /// Names; not looked into.
    SourceDescription,
    /// The sender leaves.
    Bye {
        /// The first (usually the only) one who leaves.
        ssrc: Option<u32>,
    },
    /// A kind that is of no use here.
    Other(u8),
}

/// The report blocks of a report: at most 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlocks<'a>(&'a [u8]);

/// Why a datagram is no RTCP compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseControlError {
    /// Shorter than it says.
    #[error("read an RTCP packet that ends early")]
    Truncated,
    /// Not version 2.
    #[error("read an RTCP packet of another version than 2")]
    Version,
}

/// The packets of a compound, one after another; ends after the first error.
pub fn parse(datagram: &[u8]) -> impl Iterator<Item = Result<ControlPacket<'_>, ParseControlError>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (packet, tail) = match parse_one(rest) {
            Ok((packet, tail)) => (Ok(packet), tail),
            Err(error) => (Err(error), &[][..]),
        };
        rest = tail;
        Some(packet)
    })
}

fn parse_one(bytes: &[u8]) -> Result<(ControlPacket<'_>, &[u8]), ParseControlError> {
    let (head, rest) = bytes.split_first_chunk::<4>().ok_or(ParseControlError::Truncated)?;
    if head[0] >> 6 != 2 {
        return Err(ParseControlError::Version);
    }
    let length = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
    let (body, rest) = rest.split_at_checked(length).ok_or(ParseControlError::Truncated)?;
    let count = usize::from(head[0] & 0x1f);
    let packet = match head[1] {
        SENDER_REPORT => sender_report(body, count)?,
        RECEIVER_REPORT => ControlPacket::ReceiverReport {
            ssrc: word(body, 0)?,
            reports: ReportBlocks::parse(&body[4..], count)?,
        },
        SOURCE_DESCRIPTION => ControlPacket::SourceDescription,
        BYE => ControlPacket::Bye { ssrc: if count == 0 { None } else { Some(word(body, 0)?) } },
        other => ControlPacket::Other(other),
    };
    Ok((packet, rest))
}

fn sender_report(body: &[u8], count: usize) -> Result<ControlPacket<'_>, ParseControlError> {
    let ssrc = word(body, 0)?;
    let info = SenderInfo {
        ntp: u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?),
        timestamp: word(body, 12)?,
        packets: word(body, 16)?,
        bytes: word(body, 20)?,
    };
    Ok(ControlPacket::SenderReport { ssrc, info, reports: ReportBlocks::parse(&body[24..], count)? })
}

impl<'a> ReportBlocks<'a> {
    fn parse(bytes: &'a [u8], count: usize) -> Result<Self, ParseControlError> {
        bytes.get(..count * REPORT_BLOCK).map(Self).ok_or(ParseControlError::Truncated)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = ReportBlock> + 'a {
        self.0.as_chunks::<REPORT_BLOCK>().0.iter().map(|block| {
            let word =
                |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
            ReportBlock {
                ssrc: word(0),
                fraction_lost: block[4],
                lost: (word(4) << 8) as i32 >> 8,
                highest_sequence: word(8),
                jitter: word(12),
                last_sender_report: word(16),
                delay_since: word(20),
            }
        })
    }
}

fn word(bytes: &[u8], at: usize) -> Result<u32, ParseControlError> {
    let bytes = bytes.get(at..at + 4).ok_or(ParseControlError::Truncated)?;
    Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Writes a compound packet into a buffer, part by part. A part that does not fit is left out.
#[derive(Debug)]
pub struct CompoundWriter<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> CompoundWriter<'b> {
    /// Begins at the front of `buffer`.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// A report of someone who sends, about what it hears (at most 31 senders).
    pub fn sender_report(self, ssrc: u32, info: SenderInfo, reports: &[ReportBlock]) -> Self {
        let words =
            [ssrc, (info.ntp >> 32) as u32, info.ntp as u32, info.timestamp, info.packets, info.bytes];
        self.report(SENDER_REPORT, &words, reports)
    }

    /// A report of someone who only listens.
    pub fn receiver_report(self, ssrc: u32, reports: &[ReportBlock]) -> Self {
        self.report(RECEIVER_REPORT, &[ssrc], reports)
    }

    /// The name of `ssrc`: at most 255 bytes of it.
    pub fn cname(mut self, ssrc: u32, cname: &str) -> Self {
        let name = &cname.as_bytes()[..cname.len().min(255)];
        // The list of items ends with a zero and is padded to a whole word (RFC 3550 §6.5).
        let items = (2 + name.len() + 1).next_multiple_of(4);
        if let Some(body) = self.part(SOURCE_DESCRIPTION, 1, 4 + items) {
            body.fill(0);
            body[..4].copy_from_slice(&ssrc.to_be_bytes());
            body[4] = CNAME;
            body[5] = name.len() as u8;
            body[6..6 + name.len()].copy_from_slice(name);
        }
        self
    }

    /// `ssrc` leaves.
    pub fn bye(mut self, ssrc: u32) -> Self {
        if let Some(body) = self.part(BYE, 1, 4) {
            body.copy_from_slice(&ssrc.to_be_bytes());
        }
        self
    }

    /// How long the compound is.
    pub fn finish(self) -> usize {
        self.length
    }

    fn report(mut self, kind: u8, words: &[u32], reports: &[ReportBlock]) -> Self {
        let reports = &reports[..reports.len().min(31)];
        let length = words.len() * 4 + reports.len() * REPORT_BLOCK;
        if let Some(body) = self.part(kind, reports.len() as u8, length) {
            let (head, blocks) = body.split_at_mut(words.len() * 4);
            write_words(head, words);
            for (block, report) in blocks.chunks_exact_mut(REPORT_BLOCK).zip(reports) {
                let lost = report.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
                write_words(
                    block,
                    &[
                        report.ssrc,
                        u32::from(report.fraction_lost) << 24 | lost,
                        report.highest_sequence,
                        report.jitter,
                        report.last_sender_report,
                        report.delay_since,
                    ],
                );
            }
        }
        self
    }

    /// The header of a part; gives its body to be filled.
    fn part(&mut self, kind: u8, count: u8, body: usize) -> Option<&mut [u8]> {
        let part = self.buffer.get_mut(self.length..self.length + 4 + body)?;
        self.length += 4 + body;
        part[0] = 0x80 | count;
        part[1] = kind;
        part[2..4].copy_from_slice(&((body / 4) as u16).to_be_bytes());
        Some(&mut part[4..])
    }
}

fn write_words(bytes: &mut [u8], words: &[u32]) {
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
}
