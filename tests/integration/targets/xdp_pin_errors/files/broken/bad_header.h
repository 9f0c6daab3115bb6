/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
static inline int
helper(void)
{
	return 1
}
