/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What programs for bcc expect of the kernel's headers, beside functions that are for other hooks. */
#include <uapi/linux/bpf.h>
#include <linux/ip.h>
#include <linux/jhash.h>

#ifdef SLOW
#define A x = x * 3 + bpf_get_prandom_u32();
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
#define E D D D D D D D D D D
#define F E E E E E E E E E E
#define G F F F F F F F F F F
#endif

BPF_PERCPU_ARRAY(hashed, uint64_t, 8);
/* Counts pages. */
BPF_RINGBUF_OUTPUT(unused, 2);

/* For kprobes: bcc would attach it. */
int kprobe__tcp_v4_connect(void *ctx)
{
	return 0;
}

/* For others to call, as it takes no packet. */
int twice(int number)
{
	return 2 * number;
}

static inline void keep(uint32_t which, uint64_t value)
{
	uint64_t *kept = hashed.lookup(&which);

	if (kept != NULL)
		*kept = value;
}

/* The packet begins with the text of lookup3's own examples, "Four score and seven years ago". */
int example(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	uint32_t keys[4];

#ifdef SLOW
	u64 x = 0;
	G if (x == 1) return XDP_DROP;
#endif
	if (unlikely(data + 30 > end) || eth->h_proto == htons(ETH_P_8021Q))
		return XDP_PASS;
	__builtin_memcpy(keys, data, sizeof(keys));
	keep(0, jhash(data, 0, 0));
	keep(1, jhash(data, 30, 0));
	keep(2, jhash(data, 30, 1));
	keep(3, jhash(keys, 16, 7) == jhash2(keys, 4, 7));
	keep(4, jhash(keys, 12, 7) == jhash_3words(keys[0], keys[1], keys[2], 7));
	keep(5, jhash(keys, 8, 7) == jhash_2words(keys[0], keys[1], 7));
	keep(6, jhash(keys, 4, 7) == jhash_1word(keys[0], 7));
	keep(7, offsetof(struct iphdr, daddr));
	return XDP_PASS;
}
