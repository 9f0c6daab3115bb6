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

int example(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	/* lookup3's own examples: hashlittle("", 0, 0), and hashlittle("Four score and seven years ago", 30, 0) and (…,
	 * 1). */
	char words[] = {'F', 'o', 'u', 'r', ' ', 's', 'c', 'o', 'r', 'e', ' ', 'a', 'n', 'd', ' ',
			's', 'e', 'v', 'e', 'n', ' ', 'y', 'e', 'a', 'r', 's', ' ', 'a', 'g', 'o'};
	uint32_t keys[4] = {1, 2, 3, 4}, which[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	uint64_t results[8] = {jhash(words, 0, 0),
			       jhash(words, 30, 0),
			       jhash(words, 30, 1),
			       jhash(keys, 16, 7) == jhash2(keys, 4, 7),
			       jhash(keys, 12, 7) == jhash_3words(1, 2, 3, 7),
			       jhash(keys, 8, 7) == jhash_2words(1, 2, 7),
			       jhash(keys, 4, 7) == jhash_1word(1, 7),
			       offsetof(struct iphdr, daddr)};
	struct ethhdr *eth = data;

#ifdef SLOW
	u64 x = 0;
	G if (x == 1) return XDP_DROP;
#endif
	if (unlikely((void *)(eth + 1) > end) || eth->h_proto == htons(ETH_P_8021Q))
		return XDP_PASS;
#pragma unroll
	for (int i = 0; i < 8; i++) {
		uint64_t *result = hashed.lookup(&which[i]);

		if (result != NULL)
			*result = results[i];
	}
	return XDP_PASS;
}
