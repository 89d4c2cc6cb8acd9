//! Decisions compared with what they must write and cause.
//!
//! A file an input: state and input in, batch and effects out. [`given`] makes the rows, [`world`] is the smallest store that
//! keeps the contract of batches. Three properties drive whole runs through it: [`any_order`] for one agent's
//! replies, [`fleet`] for a command on several instances, [`rate`] for its spread, beside a plain reference.

mod acknowledge;
mod admit;
mod any_order;
mod cancel;
mod delayed;
mod dispatch;
mod dispatch_ends;
mod due;
mod expand;
mod fleet;
mod given;
mod hand_out;
mod hand_out_again;
mod lease;
mod ramp_up;
mod rate;
mod reply;
mod reply_late;
mod retire;
mod slots;
mod world;
