/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Statistics maps of every shape that is understood, and of some that are not. */
struct two {
	u64 packets;
	u64 bytes;
};

BPF_TABLE("percpu_array", u32, u32, four, 5);
BPF_TABLE("percpu_array", u32, u64, eight, 5);
BPF_TABLE("percpu_array", u32, struct two, sixteen, 5);
BPF_TABLE("percpu_array", u32, struct two, too_long, 6);
BPF_TABLE("array", u32, u64, not_per_cpu, 5);

int counts(struct xdp_md *ctx)
{
	u32 key = XDP_DROP;
	u32 *packets4 = four.lookup(&key);
	u64 *packets8 = eight.lookup(&key);
	struct two *both = sixteen.lookup(&key);

	if (packets4 && packets8 && both) {
		*packets4 += 1;
		*packets8 += 1;
		both->packets += 1;
		both->bytes += (long)ctx->data_end - (long)ctx->data;
	}
	return XDP_DROP;
}
